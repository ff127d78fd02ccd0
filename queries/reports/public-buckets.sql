-- title: Public buckets
-- answers: Which buckets and storage accounts can be read, or be opened, by anybody?
-- param: strict boolean = false : also S3 buckets without a public access block in the states, of the
--     bucket or of an account
-- action: Take the grant away and block public access to the bucket; serve public files through a
--     CDN with an identity of its own.

-- What a resource says by itself: findings, and the statements of a bucket's policy.
WITH told AS (
    SELECT i.state, i.address, i.type,
           CASE
               WHEN i.type = 'azurerm_storage_container' THEN
                   concat(coalesce(i.attributes->>'storage_account_name',
                                   split_part(i.attributes->>'storage_account_id', '/', -1)),
                          '/', i.attributes->>'name')
               ELSE coalesce(i.attributes->>'bucket', i.attributes->>'name', i.attributes->>'id')
           END AS bucket,
           i.type IN ('aws_s3_bucket_public_access_block', 'aws_s3_account_public_access_block')
               AND i.deposed IS NULL AS is_block,
           i.attributes->>'ignore_public_acls' = 'true' AS ignores_acls,
           i.attributes->>'restrict_public_buckets' = 'true' AS restricts_policies,
           jsonb_build_array(
               CASE WHEN i.type IN ('aws_s3_bucket', 'aws_s3_bucket_acl')
                     AND i.attributes->>'acl' IN ('public-read', 'public-read-write', 'authenticated-read')
                   THEN 'the ACL is ' || (i.attributes->>'acl') END,
               -- Grants, under whichever keys they lie.
               CASE WHEN i.type IN ('aws_s3_bucket', 'aws_s3_bucket_acl')
                     AND concat(i.attributes->'grant', i.attributes->'access_control_policy')
                         ~ 'acs\.amazonaws\.com/groups/global/(AllUsers|AuthenticatedUsers)'
                   THEN 'the ACL grants access to everybody' END,
               CASE WHEN i.type IN ('aws_s3_bucket_public_access_block',
                                    'aws_s3_account_public_access_block')
                     AND 'false' IN (i.attributes->>'block_public_acls',
                                     i.attributes->>'block_public_policy',
                                     i.attributes->>'ignore_public_acls',
                                     i.attributes->>'restrict_public_buckets')
                   THEN 'public access is not blocked in every way' END,
               CASE WHEN i.type IN ('aws_s3_bucket', 'aws_s3_bucket_policy')
                     AND i.attributes->>'policy' = '(sensitive)'
                   THEN 'the policy is hidden' END,
               CASE WHEN i.type = 'aws_s3_bucket' AND $strict
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
                   THEN 'the access type is ' || (i.attributes->>'container_access_type') END)
           || coalesce(CASE WHEN i.type IN ('aws_s3_bucket', 'aws_s3_bucket_policy')
                            THEN (i.attributes->>'policy')->'Statement' END, '[]')::jsonb AS findings
    FROM instances i
    WHERE i.mode = 'managed'
      AND i.type IN (
          'aws_s3_bucket', 'aws_s3_bucket_acl', 'aws_s3_bucket_policy',
          'aws_s3_bucket_public_access_block', 'aws_s3_account_public_access_block',
          'google_storage_bucket_iam_member', 'google_storage_bucket_iam_binding',
          'google_storage_bucket_iam_policy', 'google_storage_bucket_acl',
          'google_storage_bucket_access_control', 'google_storage_default_object_acl',
          'google_storage_default_object_access_control', 'google_storage_object_acl',
          'google_storage_object_access_control',
          'azurerm_storage_account', 'azurerm_storage_container')
), found AS (
    SELECT state, address, type, bucket, is_block, ignores_acls, restricts_policies,
           CASE
               WHEN jsonb_typeof(f) = 'string' THEN f#>>'{}'
               WHEN f->>'Effect' = 'Allow'
                AND (f->'NotPrincipal' IS NOT NULL
                     OR f->>'Principal' = '*' OR f->'Principal'->>'AWS' = '*'
                     OR f->'Principal'->'AWS' ? '*')
                   THEN concat('the policy lets everybody in',
                               CASE WHEN f->'NotPrincipal' IS NOT NULL THEN ' but some' END,
                               CASE WHEN concat(f->'Condition') !~ '^(null|\{\s*\})?$'
                                   THEN ', under a condition' END)
           END AS finding
    FROM told, jsonb_array_elements(findings) AS f
), blocked AS (
    -- A bucket's block may lie in another state; which account a bucket is of is told by none, so
    -- that an account's block is taken for the buckets of its own state.
    SELECT state, address, type, bucket, finding,
           bool_or(is_block AND ignores_acls) OVER of_bucket
           OR bool_or(is_block AND ignores_acls AND type LIKE '%account%') OVER of_state AS acls_ignored,
           bool_or(is_block AND restricts_policies) OVER of_bucket
           OR bool_or(is_block AND restricts_policies AND type LIKE '%account%') OVER of_state
               AS policies_restricted,
           bool_or(is_block) OVER of_bucket
           OR bool_or(is_block AND type LIKE '%account%') OVER () AS has_block
    FROM found
    WHERE finding IS NOT NULL OR is_block
    WINDOW of_bucket AS (PARTITION BY type LIKE 'aws_%', bucket), of_state AS (PARTITION BY state)
)
SELECT DISTINCT state, address, regexp_replace(bucket, '^b/', '') AS bucket, finding
FROM blocked
WHERE finding IS NOT NULL
  AND NOT (finding LIKE 'the ACL %' AND coalesce(acls_ignored, false))
  AND NOT (finding LIKE 'the policy %' AND coalesce(policies_restricted, false))
  AND NOT (finding LIKE 'no public %' AND coalesce(has_block, false))
ORDER BY state, address, finding
