-- title: Resources by type
-- answers: Which types of resources are there, how many of each, and in how many states?
-- param: mode managed|data|all = managed : managed resources, data sources, or both
-- action: Ask why a type stands in states that should not have it.
SELECT type, count(DISTINCT state_id) AS states, count(*) AS resources,
       sum(instance_count)::bigint AS instances
FROM resources
WHERE $mode = 'all' OR mode = $mode
GROUP BY type
ORDER BY instances DESC, type
