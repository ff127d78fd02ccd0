-- title: Resources by module
-- answers: Which module instances hold the resources of each state, and how many stand at the root?
-- param: mode managed|data|all = managed : managed resources, data sources, or both
-- action: Think of a module where many resources stand at the root, which is the row without one.
SELECT state, module, count(*) AS resources, sum(instance_count)::bigint AS instances
FROM resources
WHERE $mode = 'all' OR mode = $mode
GROUP BY state, module
ORDER BY state, module NULLS FIRST
