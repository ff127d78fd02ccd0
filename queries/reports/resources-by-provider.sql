-- title: Resources by provider
-- answers: How much of each state is whose provider's?
-- param: mode managed|data|all = managed : managed resources, data sources, or both
-- action: See what a provider's upgrade or outage would touch; legacy addresses (/-/) want
--     terraform state replace-provider.
SELECT provider, state, count(*) AS resources, sum(instance_count)::bigint AS instances
FROM resources
WHERE $mode = 'all' OR mode = $mode
GROUP BY provider, state
ORDER BY provider, instances DESC, state
