-- about: One row per provider that any state uses, whatever its configurations are called.
-- column: name text : The provider's type, as in required_providers: aws.
-- column: provider text : Its source address.
-- column: state_count bigint : How many states use it.
-- column: states text[] : Their names.
-- column: resource_count bigint : How many resources use it, in all states together.
-- column: instance_count bigint : How many instances these have.
SELECT split_part(provider, '/', -1) AS name, provider,
       count(DISTINCT state_id) AS state_count,
       array_agg(DISTINCT state ORDER BY state) AS states,
       sum(resource_count)::bigint AS resource_count,
       sum(instance_count)::bigint AS instance_count
FROM providers
GROUP BY provider
