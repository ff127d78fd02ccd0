-- title: IAM wildcards
-- answers: Who may do everything, or everything with a service, or can be taken on by anybody?
-- param: strict boolean = false : also named actions on every resource
-- action: Name the actions and resources that are used; the provider's access advisor tells which.

-- Statements of AWS policies, wherever a resource keeps one.
WITH documents AS (
    SELECT i.state, i.address, i.type, p->>'policy' AS document, p->>'use' AS use
    FROM instances i,
         jsonb_array_elements(CASE i.type
             WHEN 'aws_iam_role' THEN
                 jsonb_build_array(jsonb_build_object(
                     'policy', i.attributes->>'assume_role_policy', 'use', 'trust'))
                 || coalesce(i.attributes->'inline_policy', '[]')::jsonb
             WHEN 'aws_ssoadmin_permission_set_inline_policy' THEN
                 jsonb_build_array(jsonb_build_object('policy', i.attributes->>'inline_policy'))
             ELSE jsonb_build_array(jsonb_build_object('policy', i.attributes->>'policy'))
         END) AS p
    WHERE i.mode = 'managed'
      AND i.type IN ('aws_iam_policy', 'aws_iam_role', 'aws_iam_role_policy', 'aws_iam_user_policy',
                     'aws_iam_group_policy', 'aws_ssoadmin_permission_set_inline_policy')
), statements AS (
    SELECT d.state, d.address, d.type, d.use, s,
           -- One action or resource may stand alone, without a list.
           CASE jsonb_typeof(s->'Action') WHEN 'array' THEN s->'Action'
                ELSE jsonb_build_array(s->'Action') END AS actions,
           CASE jsonb_typeof(s->'Resource') WHEN 'array' THEN s->'Resource'
                ELSE jsonb_build_array(s->'Resource') END ? '*' AS on_everything
    FROM documents d,
         jsonb_array_elements(CASE jsonb_typeof(d.document->'Statement')
             WHEN 'array' THEN d.document->'Statement'
             ELSE jsonb_build_array(d.document->'Statement') END) AS s
    WHERE s->>'Effect' = 'Allow'
), granted AS (
    SELECT state, address, type, a AS action, on_everything
    FROM statements, jsonb_array_elements_text(actions) AS a
    WHERE use IS NULL AND a IS NOT NULL
), roles AS (
    SELECT i.state, i.address, i.type, g->>'role' AS role, g->'members' AS members
    FROM instances i,
         jsonb_array_elements(CASE
             WHEN i.type LIKE '%_iam_policy' THEN (i.attributes->>'policy_data')->'bindings'
             WHEN i.type LIKE '%_iam_member' THEN jsonb_build_array(jsonb_build_object(
                 'role', i.attributes->>'role', 'members', jsonb_build_array(i.attributes->'member')))
             ELSE jsonb_build_array(i.attributes)
         END) AS g
    WHERE i.mode = 'managed'
      AND i.type IN ('google_project_iam_member', 'google_project_iam_binding',
                     'google_project_iam_policy', 'google_folder_iam_member',
                     'google_folder_iam_binding', 'google_folder_iam_policy',
                     'google_organization_iam_member', 'google_organization_iam_binding',
                     'google_organization_iam_policy')
), azure AS (
    SELECT state, address, type, attributes->>'scope' AS scope,
           coalesce(nullif(attributes->>'role_definition_name', ''),
                    CASE split_part(attributes->>'role_definition_id', '/', -1)
                        WHEN '8e3af657-a8ff-443c-a75c-2fe8c4bcb635' THEN 'Owner'
                        WHEN 'b24988ac-6180-42a0-ab88-20f7382dd24c' THEN 'Contributor'
                        WHEN '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9' THEN 'User Access Administrator'
                    END) AS role,
           attributes
    FROM instances
    WHERE mode = 'managed' AND type IN ('azurerm_role_assignment', 'azurerm_role_definition')
)
SELECT DISTINCT state, address, type, finding
FROM (
    SELECT state, address, type,
           CASE
               WHEN action IN ('*', '*:*') AND on_everything THEN 'every action on every resource'
               WHEN action IN ('*', '*:*') THEN 'every action on some resources'
               WHEN action LIKE '%:*' AND on_everything THEN action || ' on every resource'
               WHEN on_everything AND lower(action) IN ('iam:passrole', 'sts:assumerole')
                   THEN action || ' on every resource'
               WHEN on_everything AND $strict THEN action || ' on every resource'
           END AS finding
    FROM granted
    UNION ALL
    SELECT state, address, type, 'every action but some, by NotAction'
    FROM statements WHERE use IS NULL AND s->'NotAction' IS NOT NULL
    UNION ALL
    SELECT state, address, type, 'anybody can take on the role'
    FROM statements
    WHERE use = 'trust' AND s->'Condition' IS NULL
      AND (s->>'Principal' = '*' OR s->'Principal'->>'AWS' = '*' OR s->'Principal'->'AWS' ? '*')
    UNION ALL
    SELECT i.state, i.address, i.type, split_part(arn, '/', -1) || ' is attached'
    FROM instances i,
         jsonb_array_elements_text(
             jsonb_build_array(i.attributes->'policy_arn', i.attributes->'managed_policy_arn')
             || coalesce(i.attributes->'managed_policy_arns', '[]')::jsonb) AS arn
    WHERE i.mode = 'managed'
      AND i.type IN ('aws_iam_role', 'aws_iam_role_policy_attachment',
                     'aws_iam_user_policy_attachment', 'aws_iam_group_policy_attachment',
                     'aws_iam_policy_attachment', 'aws_iam_role_policy_attachments_exclusive',
                     'aws_ssoadmin_managed_policy_attachment')
      AND arn ~ ':iam::aws:policy/(AdministratorAccess|PowerUserAccess|IAMFullAccess)$'
    UNION ALL
    SELECT r.state, r.address, r.type, member || ' has ' || r.role
    FROM roles r, jsonb_array_elements_text(r.members) AS member
    WHERE r.role IN ('roles/owner', 'roles/editor')
       OR member IN ('allUsers', 'allAuthenticatedUsers')
    UNION ALL
    SELECT state, address, type, role || ' on ' || scope
    FROM azure
    WHERE role IN ('Owner', 'Contributor', 'User Access Administrator')
      AND scope ~* '^(/|/subscriptions/[^/]+/?|/providers/Microsoft.Management/managementGroups/[^/]+/?)$'
    UNION ALL
    SELECT state, address, type, 'every action, by a role of its own'
    FROM azure
    WHERE type = 'azurerm_role_definition' AND attributes->'permissions' @> '[{"actions": ["*"]}]'
) AS findings
WHERE finding IS NOT NULL
ORDER BY state, address, finding
