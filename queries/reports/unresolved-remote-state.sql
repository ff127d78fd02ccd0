-- title: Unresolved remote state
-- answers: Which data sources read a state that is not among the loaded ones, and why is it not known?
-- action: Add the place to the sources; a state that is gone leaves its consumers with old values.
SELECT state, address, backend, uri, workspace, unresolved_reason AS reason
FROM remote_states
WHERE producer_state_id IS NULL
ORDER BY state, address
