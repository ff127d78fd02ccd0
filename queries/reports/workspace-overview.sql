-- title: Overview of the states
-- answers: How large is each state, what wrote it, and what is wrong with it?
-- action: Look closer where checks fail, or instances are tainted or deposed: sgq run failing-checks
--     tainted-and-deposed. The view workspaces has more columns.
SELECT state, terraform_version, serial, updated_at, managed_count AS managed, data_count AS data,
       module_count AS modules, provider_count AS providers, remote_state_count AS remote_states,
       stale_remote_state_count AS stale_remote_states,
       output_count AS outputs, tainted_count AS tainted, deposed_count AS deposed,
       checks_failed + checks_errored AS failing_checks
FROM workspaces
ORDER BY state
