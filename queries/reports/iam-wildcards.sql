-- title: IAM wildcards
-- answers: Who may do everything, or everything with a service, and which role can anybody take on?
-- param: strict boolean = false : also named actions on every resource
-- action: Name the actions and resources that are used; the provider's access advisor tells which.

-- What grants something, wherever a resource keeps it: a policy, attached policies, a role with
-- its members, or permissions.
WITH grants AS (
    SELECT i.state, i.address, i.type, g
    FROM instances i,
         jsonb_array_elements(CASE
             WHEN i.type = 'aws_iam_role' THEN
                 jsonb_build_array(
                     jsonb_build_object('policy', i.attributes->>'assume_role_policy', 'use', 'trust'),
                     jsonb_build_object('attached', i.attributes->'managed_policy_arns'))
                 || coalesce(i.attributes->'inline_policy', '[]')::jsonb
             WHEN i.type LIKE '%attachment%' THEN
                 jsonb_build_array(
                     jsonb_build_object('attached', jsonb_build_array(
                         i.attributes->'policy_arn', i.attributes->'managed_policy_arn')),
                     jsonb_build_object('attached', i.attributes->'policy_arns'))
             WHEN i.type = 'aws_ssoadmin_permission_set_inline_policy' THEN
                 jsonb_build_array(jsonb_build_object('policy', i.attributes->>'inline_policy'))
             WHEN i.type LIKE 'aws_%' THEN
                 jsonb_build_array(jsonb_build_object('policy', i.attributes->>'policy'))
             WHEN i.type LIKE 'google_%_iam_policy' THEN (i.attributes->>'policy_data')->'bindings'
             WHEN i.type LIKE 'google_%_iam_member' THEN
                 jsonb_build_array(jsonb_build_object(
                     'role', i.attributes->>'role', 'members', jsonb_build_array(i.attributes->'member')))
             ELSE jsonb_build_array(i.attributes)
         END) AS g
    WHERE i.mode = 'managed'
      AND i.type IN (
          'aws_iam_policy', 'aws_iam_role', 'aws_iam_role_policy', 'aws_iam_user_policy',
          'aws_iam_group_policy', 'aws_ssoadmin_permission_set_inline_policy',
          'aws_iam_role_policy_attachment', 'aws_iam_user_policy_attachment',
          'aws_iam_group_policy_attachment', 'aws_iam_policy_attachment',
          'aws_iam_role_policy_attachments_exclusive', 'aws_ssoadmin_managed_policy_attachment',
          'google_project_iam_member', 'google_project_iam_binding', 'google_project_iam_policy',
          'google_folder_iam_member', 'google_folder_iam_binding', 'google_folder_iam_policy',
          'google_organization_iam_member', 'google_organization_iam_binding',
          'google_organization_iam_policy',
          'azurerm_role_assignment', 'azurerm_role_definition')
), statements AS (
    SELECT state, address, type, g->>'use' AS use, s,
           -- Holds "all:s3" where an ARN takes in all that a service has, and "all:*" for all there is.
           CASE WHEN s->'NotResource' IS NOT NULL AND NOT concat(s->'NotResource') ~ '"\*+"'
                THEN '"all:*"'
                ELSE regexp_replace(
                    regexp_replace(concat(s->'Resource'), '"\*+"', '"all:*"', 'g'),
                    '"arn:[^:"]*:([^:"]*):\**:(?:\**|[0-9]{12}):\*+"', '"all:\1"', 'g')
           END AS wholes,
           CASE WHEN s->'NotResource' IS NULL THEN ' on every resource'
                ELSE ' on every resource but some' END AS reach
    FROM grants,
         jsonb_array_elements(CASE
             WHEN type NOT LIKE 'aws_%' OR g ? 'attached' OR g->>'policy' = '(sensitive)'
                 THEN jsonb_build_array(g)
             WHEN jsonb_typeof((g->>'policy')->'Statement') = 'array' THEN (g->>'policy')->'Statement'
             ELSE jsonb_build_array((g->>'policy')->'Statement')
         END) AS s
), items AS (
    SELECT state, address, type, use, s, wholes, reach, item
    FROM statements,
         jsonb_array_elements_text(CASE
             WHEN s ? 'attached' THEN s->'attached'
             WHEN s->>'policy' = '(sensitive)' THEN jsonb_build_array('')
             WHEN type LIKE 'google_%' THEN s->'members'
             WHEN type LIKE 'azurerm_%' THEN jsonb_build_array(coalesce(
                 nullif(s->>'role_definition_name', ''), split_part(s->>'role_definition_id', '/', -1), ''))
             WHEN s->>'Effect' <> 'Allow' THEN '[]'::jsonb
             -- Who is trusted, or what is allowed; each may stand alone, without a list.
             WHEN use = 'trust' THEN
                 jsonb_build_array(CASE WHEN s->>'Principal' = '*' THEN '*' END)
                 || coalesce(s->'Principal'->'AWS', '[]')::jsonb
                 || coalesce(s->'Principal'->'Federated', '[]')::jsonb
             WHEN s ? 'NotAction' THEN jsonb_build_array('')
             WHEN jsonb_typeof(s->'Action') = 'array' THEN s->'Action'
             ELSE jsonb_build_array(s->'Action')
         END) AS item
), weighed AS (
    SELECT state, address, type, s, use, item, reach,
           CASE WHEN s ? 'NotAction' THEN 'every action but some'
                WHEN item ~ '^\*+(:\*+)?$' THEN 'every action'
                WHEN item ~ ':\*+$' OR lower(item) IN ('iam:passrole', 'sts:assumerole') OR $strict
                    THEN item
           END AS allowed,
           strpos(wholes, '"all:*"') > 0
           OR strpos(wholes, '"all:' || lower(split_part(item, ':', 1)) || '"') > 0 AS on_everything,
           CASE item WHEN '8e3af657-a8ff-443c-a75c-2fe8c4bcb635' THEN 'Owner'
                     WHEN 'b24988ac-6180-42a0-ab88-20f7382dd24c' THEN 'Contributor'
                     WHEN '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9' THEN 'User Access Administrator'
                     ELSE item END AS azure_role
    FROM items
    WHERE item IS NOT NULL
)
SELECT DISTINCT state, address, type, finding
FROM (
    SELECT state, address, type,
           CASE
               WHEN s ? 'attached' THEN
                   CASE WHEN item ~ ':iam::aws:policy/(AdministratorAccess|PowerUserAccess|IAMFullAccess)$'
                        THEN split_part(item, '/', -1) || ' is attached' END
               WHEN s->>'policy' = '(sensitive)' THEN
                   CASE WHEN use = 'trust' THEN 'who can take on the role is hidden'
                        ELSE 'the policy is hidden' END
               WHEN type LIKE 'google_%' THEN
                   CASE WHEN s->>'role' IN ('roles/owner', 'roles/editor')
                          OR item IN ('allUsers', 'allAuthenticatedUsers')
                        THEN item || ' has ' || (s->>'role') END
               WHEN type = 'azurerm_role_definition' THEN
                   CASE WHEN s->'permissions' @> '[{"actions": ["*"]}]'
                        THEN 'every action, by a role of its own' END
               WHEN type = 'azurerm_role_assignment' THEN
                   CASE WHEN azure_role IN ('Owner', 'Contributor', 'User Access Administrator')
                         AND s->>'scope' ~* '^(/|/subscriptions/[^/]+/?|/providers/Microsoft.Management/managementGroups/[^/]+/?)$'
                        THEN azure_role || ' on ' || (s->>'scope') END
               WHEN use = 'trust' THEN
                   -- Anybody can have an identity of these, so that a condition has to say whose; for whom
                   -- the token was made does not.
                   CASE WHEN split_part(item, '/', -1) IN (
                                 'token.actions.githubusercontent.com', 'gitlab.com',
                                 'app.terraform.io', 'agent.buildkite.com')
                         AND concat(s->'Condition')
                             !~ ':(sub|actor|repository|repository_\w+|job_workflow_ref|namespace_\w+|project_\w+|terraform_\w+|organization_\w+|pipeline_\w+)"\s*:\s*\[?\s*"[^"*]'
                        THEN 'anybody at ' || split_part(item, '/', -1) || ' can take on the role'
                        WHEN concat(s->'Condition') !~ '^(null|\{\s*\})?$' THEN NULL
                        WHEN item = '*' THEN 'anybody can take on the role'
                        WHEN item IN ('accounts.google.com', 'cognito-identity.amazonaws.com',
                                      'graph.facebook.com', 'www.amazon.com')
                        THEN 'anybody at ' || item || ' can take on the role' END
               WHEN s ? 'NotAction' THEN
                   allowed || CASE WHEN on_everything THEN reach ELSE ' on some resources' END
                   || ', by NotAction'
               WHEN on_everything THEN allowed || reach
               WHEN allowed = 'every action' THEN 'every action on some resources'
           END AS finding
    FROM weighed
) AS findings
WHERE finding IS NOT NULL
ORDER BY state, address, finding
