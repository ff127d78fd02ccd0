-- title: Failing checks
-- answers: Which checks, conditions and validations failed at the last apply, and what do they say?
-- param: unknown boolean = false : also those that were not decided
-- action: Read the message; mend the object, or the check where it is out of date.

-- Also a check that failed before it came to any object.
SELECT c.state, c.config_addr AS check, coalesce(e.object_addr, c.config_addr) AS object,
       coalesce(e.status, c.status) AS status,
       nullif(array_to_string(e.failure_messages, ' '), '') AS message
FROM check_results c
LEFT JOIN check_entries e ON e.state_id = c.state_id AND e.config_addr = c.config_addr
WHERE coalesce(e.status, c.status) IN ('fail', 'error')
   OR $unknown AND coalesce(e.status, c.status) = 'unknown'
ORDER BY c.state, check, object
