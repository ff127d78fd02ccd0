-- title: Largest states
-- answers: Which states have the most instances, and so the longest plans and locks?
-- param: most integer = 20 : how many states
-- action: Split a state where one lock keeps teams waiting for each other.
SELECT name AS state, instance_count AS instances, resource_count AS resources,
       size_bytes, serial, updated_at
FROM states
WHERE status = 'ok'
ORDER BY instance_count DESC, size_bytes DESC, name
LIMIT $most
