-- title: Terraform versions
-- answers: Which versions of Terraform and OpenTofu wrote the states?
-- action: Upgrade the states of versions that have no support any more, the oldest first.
SELECT terraform_version, state_count, states
FROM tf_versions
ORDER BY TRY_CAST(split_part(terraform_version, '.', 1) AS bigint) NULLS LAST,
         TRY_CAST(split_part(terraform_version, '.', 2) AS bigint),
         TRY_CAST(split_part(split_part(terraform_version, '.', 3), '-', 1) AS bigint),
         terraform_version
