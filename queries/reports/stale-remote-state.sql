-- title: Stale remote state
-- answers: Which states were last applied with outputs of another state that have changed since?
-- action: Plan and apply the consumer, or find out why it was left behind; what it built on the old
--     value may be gone.
SELECT r.state, r.address, r.producer_state, output, r.uri
FROM remote_states r, unnest(r.stale_outputs) AS output
WHERE r.is_stale
ORDER BY r.state, r.address, output
