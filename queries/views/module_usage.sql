-- about: One row per module call, by its configuration address, in all states together.
-- column: module text : The call's configuration address: module.network.module.subnets. States do not
--     record where a module is from: the same address in two states may be two modules.
-- column: name text : The call's own name, the last of the address.
-- column: state_count bigint : How many states have it.
-- column: states text[] : Their names.
-- column: module_instance_count bigint : How many instances it has under count and for_each.
-- column: resource_count bigint : How many resources are directly in them.
-- column: instance_count bigint : How many instances these have.
SELECT config_address AS module, name,
       count(DISTINCT state_id) AS state_count,
       array_agg(DISTINCT state ORDER BY state) AS states,
       count(*) AS module_instance_count,
       sum(resource_count)::bigint AS resource_count,
       sum(instance_count)::bigint AS instance_count
FROM modules
GROUP BY config_address, name
