-- title: Public buckets
-- answers: Which buckets and storage accounts can be read, or be opened, by anybody?
-- action: Take the grant away and block public access to the bucket; serve public files through a
--     CDN with an identity of its own.

-- What blocks public access to an S3 bucket, from whichever state.
WITH blocks AS (
    SELECT attributes->>'bucket' AS bucket,
           bool_or(attributes->>'ignore_public_acls' = 'true') AS acls_ignored,
           bool_or(attributes->>'restrict_public_buckets' = 'true') AS policies_restricted
    FROM instances
    WHERE mode = 'managed' AND type = 'aws_s3_bucket_public_access_block' AND deposed IS NULL
    GROUP BY 1
), policies AS (
    SELECT i.state, i.address, coalesce(i.attributes->>'bucket', i.attributes->>'id') AS bucket, s
    FROM instances i,
         jsonb_array_elements(CASE jsonb_typeof((i.attributes->>'policy')->'Statement')
             WHEN 'array' THEN (i.attributes->>'policy')->'Statement'
             ELSE jsonb_build_array((i.attributes->>'policy')->'Statement') END) AS s
    WHERE i.mode = 'managed' AND i.type IN ('aws_s3_bucket', 'aws_s3_bucket_policy')
), told AS (
    SELECT i.state, i.address, i.type,
           coalesce(i.attributes->>'bucket', i.attributes->>'storage_account_name',
                    i.attributes->>'name', i.attributes->>'id') AS bucket,
           jsonb_build_array(
               CASE WHEN i.type IN ('aws_s3_bucket', 'aws_s3_bucket_acl')
                     AND i.attributes->>'acl' IN ('public-read', 'public-read-write', 'authenticated-read')
                   THEN 'the ACL is ' || (i.attributes->>'acl') END,
               -- Grants, under whichever keys they lie.
               CASE WHEN i.type IN ('aws_s3_bucket', 'aws_s3_bucket_acl')
                     AND concat(i.attributes->'grant', i.attributes->'access_control_policy')
                         ~ 'acs\.amazonaws\.com/groups/global/(AllUsers|AuthenticatedUsers)'
                   THEN 'the ACL grants access to everybody' END,
               CASE WHEN i.type = 'aws_s3_bucket_public_access_block'
                     AND (i.attributes->>'block_public_acls' <> 'true'
                          OR i.attributes->>'block_public_policy' <> 'true'
                          OR i.attributes->>'ignore_public_acls' <> 'true'
                          OR i.attributes->>'restrict_public_buckets' <> 'true')
                   THEN 'public access is not blocked in every way' END,
               CASE WHEN i.type = 'aws_s3_bucket' AND b.bucket IS NULL
                   THEN 'no public access block is in the states' END,
               CASE WHEN i.type LIKE 'google_storage_%'
                     AND (i.attributes->>'member' IN ('allUsers', 'allAuthenticatedUsers')
                          OR i.attributes->>'entity' IN ('allUsers', 'allAuthenticatedUsers')
                          OR i.attributes->'members' ?| ARRAY['allUsers', 'allAuthenticatedUsers']
                          OR i.attributes->>'policy_data' ~ '"all(Authenticated)?Users"'
                          OR concat(i.attributes->'role_entity') ~ ':all(Authenticated)?Users"'
                          OR i.attributes->>'predefined_acl' ~ '(?i)^(public|authenticated)')
                   THEN 'everybody has ' || coalesce(i.attributes->>'role', 'access') END,
               CASE WHEN i.type = 'azurerm_storage_account'
                     AND 'true' IN (i.attributes->>'allow_nested_items_to_be_public',
                                    i.attributes->>'allow_blob_public_access')
                   THEN 'containers may be made public' END,
               CASE WHEN i.type = 'azurerm_storage_container'
                     AND i.attributes->>'container_access_type' IN ('blob', 'container')
                   THEN 'the access type is ' || (i.attributes->>'container_access_type') END
           ) AS findings,
           coalesce(b.acls_ignored, false) AS acls_ignored
    FROM instances i
    LEFT JOIN blocks b ON b.bucket = coalesce(i.attributes->>'bucket', i.attributes->>'id')
    WHERE i.mode = 'managed'
      AND i.type IN (
          'aws_s3_bucket', 'aws_s3_bucket_acl', 'aws_s3_bucket_public_access_block',
          'google_storage_bucket_iam_member', 'google_storage_bucket_iam_binding',
          'google_storage_bucket_iam_policy', 'google_storage_bucket_acl',
          'google_storage_bucket_access_control', 'google_storage_default_object_acl',
          'google_storage_default_object_access_control', 'google_storage_object_acl',
          'google_storage_object_access_control',
          'azurerm_storage_account', 'azurerm_storage_container')
)
SELECT state, address, regexp_replace(bucket, '^b/', '') AS bucket, finding
FROM told, jsonb_array_elements_text(findings) AS finding
WHERE finding IS NOT NULL AND NOT (acls_ignored AND finding LIKE 'the ACL %')
UNION
SELECT p.state, p.address, p.bucket, 'the policy lets everybody in' AS finding
FROM policies p
LEFT JOIN blocks b ON b.bucket = p.bucket
WHERE NOT coalesce(b.policies_restricted, false)
  AND s->>'Effect' = 'Allow' AND s->'Condition' IS NULL
  AND (s->>'Principal' = '*' OR s->'Principal'->>'AWS' = '*' OR s->'Principal'->'AWS' ? '*')
ORDER BY state, address, finding
