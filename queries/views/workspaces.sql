-- about: One row per state: what it holds, what wrote it, and what is wrong with it.
-- column: state_id text : The state's id, as in states.id.
-- column: state text : The state's name, as in states.name.
-- column: workspace text : The Terraform workspace, as in states.workspace.
-- column: source text : The source it was found at.
-- column: labels json : The labels its place has by sgq.toml.
-- column: status text : Whether its contents can be read: ok or encrypted.
-- column: terraform_version text : The version of Terraform or OpenTofu that wrote it.
-- column: serial bigint : Counts up with each write.
-- column: updated_at timestamptz : When it was last written.
-- column: size_bytes bigint : Its size in bytes.
-- column: resource_count bigint : How many resources it has, data sources too.
-- column: instance_count bigint : How many instances they have, deposed ones too.
-- column: managed_count bigint : How many of the instances are managed, deposed ones not.
-- column: data_count bigint : How many of the instances are of data sources.
-- column: output_count bigint : How many root outputs it has.
-- column: module_count bigint : How many modules it calls, however many instances they have.
-- column: modules text[] : Their configuration addresses.
-- column: provider_count bigint : How many providers its resources use.
-- column: providers text[] : Their source addresses.
-- column: remote_state_count bigint : How many other states it reads by terraform_remote_state or
--     tfe_outputs.
-- column: stale_remote_state_count bigint : How many of these reads gave outputs that have changed
--     since.
-- column: tainted_count bigint : How many instances are to be replaced at the next apply.
-- column: deposed_count bigint : How many replaced objects are still to be destroyed.
-- column: checks_passed bigint : How many checks passed at the last apply.
-- column: checks_failed bigint : How many failed.
-- column: checks_errored bigint : How many could not be made.
-- column: checks_unknown bigint : How many were not decided.
-- column: all_checks_succeeded boolean : Whether every check passed; true where there is none.
SELECT s.id AS state_id, s.name AS state, s.workspace, s.source, s.labels, s.status,
       s.terraform_version, s.serial, s.updated_at, s.size_bytes,
       s.resource_count, s.instance_count,
       coalesce(i.managed_count, s.none) AS managed_count, coalesce(i.data_count, s.none) AS data_count,
       s.output_count,
       coalesce(m.module_count, s.none) AS module_count, m.modules,
       coalesce(p.provider_count, s.none) AS provider_count, p.providers,
       coalesce(i.remote_state_count, s.none) AS remote_state_count,
       coalesce(r.stale_count, s.none) AS stale_remote_state_count,
       coalesce(i.tainted_count, s.none) AS tainted_count, coalesce(i.deposed_count, s.none) AS deposed_count,
       coalesce(c.passed, s.none) AS checks_passed, coalesce(c.failed, s.none) AS checks_failed,
       coalesce(c.errored, s.none) AS checks_errored, coalesce(c.undecided, s.none) AS checks_unknown,
       coalesce(c.failed + c.errored + c.undecided, s.none) = 0 AS all_checks_succeeded
-- What cannot be read has unknown counts, not none.
FROM (SELECT *, CASE status WHEN 'ok' THEN 0 END AS none FROM states) s
LEFT JOIN (
    SELECT state_id,
           count(*) FILTER (WHERE mode = 'managed' AND deposed IS NULL) AS managed_count,
           count(*) FILTER (WHERE mode = 'data') AS data_count,
           count(*) FILTER (WHERE mode = 'data' AND type IN ('terraform_remote_state', 'tfe_outputs'))
               AS remote_state_count,
           count(*) FILTER (WHERE status = 'tainted') AS tainted_count,
           count(*) FILTER (WHERE deposed IS NOT NULL) AS deposed_count
    FROM instances GROUP BY state_id
) i ON i.state_id = s.id
LEFT JOIN (
    SELECT state_id, count(DISTINCT config_address) AS module_count,
           array_agg(DISTINCT config_address ORDER BY config_address) AS modules
    FROM modules GROUP BY state_id
) m ON m.state_id = s.id
LEFT JOIN (
    SELECT state_id, count(DISTINCT provider) AS provider_count,
           array_agg(DISTINCT provider ORDER BY provider) AS providers
    FROM providers GROUP BY state_id
) p ON p.state_id = s.id
LEFT JOIN (
    SELECT state_id,
           count(*) FILTER (WHERE status = 'pass') AS passed,
           count(*) FILTER (WHERE status = 'fail') AS failed,
           count(*) FILTER (WHERE status = 'error') AS errored,
           count(*) FILTER (WHERE status = 'unknown') AS undecided
    FROM check_results GROUP BY state_id
) c ON c.state_id = s.id
LEFT JOIN (
    SELECT state_id, count(*) AS stale_count FROM remote_states WHERE is_stale GROUP BY state_id
) r ON r.state_id = s.id
