-- title: Use of default networks
-- answers: What stands in a default VPC or network, or opens a default security group?
-- action: Move it into a network that is planned. A default security group is best managed without
--     any rule.

-- The default VPCs that the states tell of, and their subnets.
WITH vpcs AS (
    SELECT DISTINCT attributes->>'id' AS id
    FROM instances
    WHERE type = 'aws_default_vpc'
       OR type = 'aws_vpc' AND attributes->>'default' = 'true'
), subnets AS (
    SELECT DISTINCT i.attributes->>'id' AS id
    FROM instances i LEFT JOIN vpcs v ON v.id = i.attributes->>'vpc_id'
    WHERE i.type = 'aws_default_subnet'
       OR i.type = 'aws_subnet' AND (i.attributes->>'default_for_az' = 'true' OR v.id IS NOT NULL)
), told AS (
    SELECT i.state, i.address, i.type,
           CASE
               WHEN i.type IN ('aws_default_vpc', 'aws_default_subnet')
                   THEN 'is a default network that this state manages'
               WHEN i.type = 'aws_default_security_group'
                     AND (jsonb_array_length(i.attributes->'ingress') > 0
                          OR jsonb_array_length(i.attributes->'egress') > 0)
                   THEN 'is a default security group with rules'
               WHEN i.type = 'google_compute_network' AND i.attributes->>'name' = 'default'
                   THEN 'is a default network that this state manages'
               WHEN i.type LIKE 'google_%'
                     AND (coalesce(i.attributes->>'network', i.attributes->'network_interface'->0->>'network')
                              ~ '(^|/)default$')
                   THEN 'stands in the network default'
               WHEN v.id IS NOT NULL AND i.type NOT LIKE 'aws_default_%'
                   THEN 'stands in the default VPC ' || v.id
               WHEN s.id IS NOT NULL THEN 'stands in the default subnet ' || s.id
           END AS finding
    FROM instances i
    LEFT JOIN vpcs v ON v.id = coalesce(i.attributes->>'vpc_id', i.attributes->'vpc_config'->0->>'vpc_id')
    LEFT JOIN subnets s ON s.id = coalesce(i.attributes->>'subnet_id', i.attributes->'subnet_ids'->>0,
                                           i.attributes->'subnets'->>0,
                                           i.attributes->'vpc_zone_identifier'->>0)
    WHERE i.mode = 'managed'
      AND i.type IN (
          'aws_default_vpc', 'aws_default_subnet', 'aws_default_security_group',
          'aws_instance', 'aws_network_interface', 'aws_security_group', 'aws_subnet',
          'aws_lb', 'aws_alb', 'aws_elb', 'aws_lb_target_group', 'aws_db_subnet_group',
          'aws_elasticache_subnet_group', 'aws_efs_mount_target', 'aws_nat_gateway',
          'aws_vpc_endpoint', 'aws_route_table', 'aws_internet_gateway', 'aws_autoscaling_group',
          'aws_lambda_function', 'aws_eks_cluster',
          'google_compute_network', 'google_compute_instance', 'google_compute_firewall',
          'google_compute_subnetwork', 'google_container_cluster', 'google_compute_router')
)
SELECT state, address, type, finding
FROM told
WHERE finding IS NOT NULL
ORDER BY state, address
