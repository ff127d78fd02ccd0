-- title: Use of default networks
-- answers: What stands in a default VPC or network, or opens a default security group?
-- action: Move it into a network that is planned. A default security group is best managed without
--     any rule.

-- Each instance with every VPC and subnet that it names, itself too if it is one.
WITH named AS (
    SELECT i.state, i.address, i.type, i.mode, i.attributes->>'id' AS id, name,
           i.type = 'aws_default_vpc'
           OR i.type = 'aws_vpc' AND i.attributes->>'default' = 'true' AS is_default_vpc,
           i.type IN ('aws_subnet', 'aws_default_subnet') AS is_subnet,
           i.type = 'aws_default_subnet' OR i.attributes->>'default_for_az' = 'true' AS is_default_subnet,
           CASE
               WHEN i.type IN ('aws_default_vpc', 'aws_default_subnet')
                 OR i.type = 'aws_vpc' AND i.attributes->>'default' = 'true'
                 OR i.type = 'google_compute_network' AND i.attributes->>'name' = 'default'
                   THEN 'is a default network that this state manages'
               WHEN i.type = 'aws_default_security_group'
                     AND (jsonb_array_length(i.attributes->'ingress') > 0
                          OR jsonb_array_length(i.attributes->'egress') > 0)
                   THEN 'is a default security group with rules'
               WHEN i.type LIKE 'google_%'
                     AND (i.attributes->>'network' ~ '(^|/)default$'
                          OR concat(i.attributes->'network_interface')
                             ~ '"network":\s*"([^"]*/)?default"')
                   THEN 'stands in the network default'
           END AS finding
    FROM instances i,
         jsonb_array_elements_text(
             jsonb_build_array(
                 '', CASE WHEN i.type IN ('aws_vpc', 'aws_default_vpc', 'aws_subnet', 'aws_default_subnet')
                          THEN i.attributes->'id' END,
                 i.attributes->'vpc_id', i.attributes->'subnet_id',
                 i.attributes->'vpc_config'->0->'vpc_id')
             || coalesce(i.attributes->'subnet_ids', '[]')::jsonb
             || coalesce(i.attributes->'subnets', '[]')::jsonb
             || coalesce(i.attributes->'vpc_zone_identifier', '[]')::jsonb
             || coalesce(i.attributes->'vpc_config'->0->'subnet_ids', '[]')::jsonb
             || coalesce(i.attributes->'network_configuration'->0->'subnets', '[]')::jsonb) AS name
    WHERE i.type IN (
          'aws_vpc', 'aws_default_vpc', 'aws_subnet', 'aws_default_subnet', 'aws_default_security_group',
          'aws_instance', 'aws_network_interface', 'aws_security_group',
          'aws_lb', 'aws_alb', 'aws_elb', 'aws_lb_target_group', 'aws_db_subnet_group',
          'aws_elasticache_subnet_group', 'aws_efs_mount_target', 'aws_nat_gateway',
          'aws_vpc_endpoint', 'aws_route_table', 'aws_internet_gateway', 'aws_autoscaling_group',
          'aws_lambda_function', 'aws_eks_cluster', 'aws_ecs_service',
          'google_compute_network', 'google_compute_instance', 'google_compute_firewall',
          'google_compute_subnetwork', 'google_container_cluster', 'google_compute_router')
), in_vpcs AS (
    SELECT *, bool_or(is_default_vpc AND name = id) OVER (PARTITION BY name) AS is_in_vpc
    FROM named
    WHERE name ~ '^(vpc|subnet)-' OR name = '' AND finding IS NOT NULL
), in_subnets AS (
    -- A subnet of a default VPC is looked up by its own id, and not by what it names.
    SELECT *, bool_or(is_subnet AND (is_default_subnet OR is_in_vpc))
              OVER (PARTITION BY CASE WHEN is_subnet THEN id ELSE name END) AS is_in_subnet
    FROM in_vpcs
), told AS (
    SELECT state, address, type,
           CASE
               WHEN finding IS NOT NULL THEN finding
               WHEN is_in_vpc AND type NOT LIKE 'aws_default_%' THEN 'stands in the default VPC ' || name
               WHEN is_in_subnet AND NOT is_subnet THEN 'stands in the default subnet ' || name
           END AS finding
    FROM in_subnets
    WHERE mode = 'managed'
)
-- One finding is enough, and of the VPC before one of a subnet.
SELECT state, address, type, min(finding) AS finding
FROM told
WHERE finding IS NOT NULL
GROUP BY state, address, type
ORDER BY state, address
