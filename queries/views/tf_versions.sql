-- about: One row per version of Terraform or OpenTofu that wrote states.
-- column: terraform_version text : The version; NULL for states that do not tell.
-- column: state_count bigint : How many states it wrote last.
-- column: states text[] : Their names.
SELECT terraform_version, count(*) AS state_count, array_agg(name ORDER BY name) AS states
FROM states
GROUP BY terraform_version
