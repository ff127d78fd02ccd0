-- title: Unread outputs
-- answers: Which outputs is nobody seen to read, and which states have a copy of them all the same?
-- param: copied boolean = false : only those that some state copies
-- action: Remove an output that no state copies and no script reads. One that is copied may still be
--     used where no attribute shows it, in a condition or a count: ask the states named.

-- A data source copies every output of a state, read or not.
WITH copies AS (
    SELECT r.producer_state_id AS state_id, output,
           string_agg(DISTINCT r.state, ', ' ORDER BY r.state) AS states
    FROM remote_states r, unnest(r.output_names) AS output
    WHERE r.producer_state_id IS NOT NULL
    GROUP BY r.producer_state_id, output
)
SELECT c.state, c.output, c.sensitive, k.states AS copied_by
FROM output_consumers c
LEFT JOIN copies k ON k.state_id = c.state_id AND k.output = c.output
WHERE c.consumer_state_id IS NULL AND ($copied = false OR k.states IS NOT NULL)
ORDER BY c.state, c.output
