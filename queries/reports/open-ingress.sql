-- title: Open ingress
-- answers: Which rules let the whole internet in, and to which ports?
-- param: port integer = 0 : only rules that open this port; 0 for all
-- action: Narrow the addresses, or put the service behind a load balancer or a VPN. Where open_to is
--     hidden, look at the rule itself.

-- Every type of rule as one shape: whom it lets in (sources) and to what (ports), as lists.
WITH rules AS (
    SELECT i.state, i.address, i.type, i.attributes, r,
           CASE WHEN jsonb_typeof(r) = 'string' THEN r#>>'{}'
                ELSE coalesce(r->>'ip_protocol', r->>'protocol') END AS protocol
    FROM instances i,
         -- A list that is hidden as a whole is taken for one rule that tells nothing.
         jsonb_array_elements(jsonb_build_array() || (CASE
             WHEN i.type IN ('aws_security_group', 'aws_default_security_group')
                 THEN i.attributes->'ingress'
             WHEN i.type = 'azurerm_network_security_group' THEN i.attributes->'security_rule'
             WHEN i.type = 'google_compute_firewall' THEN i.attributes->'allow'
             WHEN i.type LIKE 'google_compute_%_policy_rule'
                 THEN i.attributes->'match'->0->'layer4_configs'
             WHEN i.type = 'google_sql_database_instance'
                 THEN i.attributes->'settings'->0->'ip_configuration'->0->'authorized_networks'
             ELSE jsonb_build_array(i.attributes)
         END)::jsonb) AS r
    WHERE i.mode = 'managed'
      AND i.type IN (
          'aws_security_group', 'aws_default_security_group', 'aws_security_group_rule',
          'aws_vpc_security_group_ingress_rule',
          'google_compute_firewall', 'google_compute_firewall_policy_rule',
          'google_compute_network_firewall_policy_rule',
          'google_compute_region_network_firewall_policy_rule', 'google_sql_database_instance',
          'azurerm_network_security_group', 'azurerm_network_security_rule',
          'azurerm_sql_firewall_rule', 'azurerm_mssql_firewall_rule',
          'azurerm_mysql_firewall_rule', 'azurerm_mysql_flexible_server_firewall_rule',
          'azurerm_mariadb_firewall_rule', 'azurerm_postgresql_firewall_rule',
          'azurerm_postgresql_flexible_server_firewall_rule')
), listed AS (
    SELECT state, address, type,
           CASE lower(protocol) WHEN '-1' THEN 'all' WHEN '*' THEN 'all' WHEN '1' THEN 'icmp'
                WHEN '6' THEN 'tcp' WHEN '17' THEN 'udp' WHEN '58' THEN 'icmpv6' WHEN '132' THEN 'sctp'
                ELSE coalesce(lower(protocol), 'tcp') END AS protocol,
           jsonb_build_array(
               CASE WHEN jsonb_typeof(r) = 'string' AND type NOT LIKE 'google_compute_%' THEN r END,
               r->'cidr_ipv4', r->'cidr_ipv6', r->'value', r->'source_address_prefix',
               CASE WHEN r->>'start_ip_address' = '0.0.0.0'
                     AND r->>'end_ip_address' = '255.255.255.255' THEN '0.0.0.0/0'
                    WHEN '(sensitive)' IN (r->>'start_ip_address', r->>'end_ip_address')
                    THEN '(sensitive)' END)
           || coalesce(r->'cidr_blocks', '[]')::jsonb
           || coalesce(r->'ipv6_cidr_blocks', '[]')::jsonb
           || coalesce(r->'source_address_prefixes', '[]')::jsonb
           || coalesce(attributes->'source_ranges', '[]')::jsonb
           || coalesce(attributes->'match'->0->'src_ip_ranges', '[]')::jsonb AS sources,
           CASE
               WHEN jsonb_typeof(r) = 'string' THEN jsonb_build_array(r)
               WHEN protocol IN ('-1', 'all') THEN jsonb_build_array('*')
               WHEN type LIKE 'aws_%'
                   THEN jsonb_build_array(concat(r->>'from_port', '-', r->>'to_port'))
               WHEN type LIKE 'google_compute_%' AND jsonb_array_length(r->'ports') = 0
                   THEN jsonb_build_array('*')
               WHEN type LIKE 'google_compute_%'
                   THEN jsonb_build_array() || coalesce(r->'ports', '["*"]')::jsonb
               WHEN type = 'google_sql_database_instance'
                   THEN jsonb_build_array(CASE split_part(attributes->>'database_version', '_', 1)
                       WHEN 'POSTGRES' THEN '5432' WHEN 'MYSQL' THEN '3306' ELSE '1433' END)
               WHEN type LIKE 'azurerm_network_security_%'
                   THEN jsonb_build_array(r->'destination_port_range')
                        || coalesce(r->'destination_port_ranges', '[]')::jsonb
               WHEN type ~ '^azurerm_postgresql_' THEN jsonb_build_array('5432')
               WHEN type ~ '^azurerm_(mysql|mariadb)_' THEN jsonb_build_array('3306')
               WHEN type ~ '^azurerm_(ms)?sql_' THEN jsonb_build_array('1433')
               ELSE jsonb_build_array('*')
           END AS ports
    FROM rules
    WHERE r IS NOT NULL
      AND CASE
              WHEN type = 'aws_security_group_rule' THEN r->>'type' = 'ingress'
              WHEN type = 'azurerm_network_security_group' AND jsonb_typeof(r) = 'string' THEN true
              WHEN type LIKE 'azurerm_network_security_%'
                  THEN lower(r->>'direction') = 'inbound' AND lower(r->>'access') = 'allow'
              WHEN type LIKE 'google_compute_%'
                  THEN coalesce(attributes->>'direction', 'INGRESS') = 'INGRESS'
                       AND coalesce(attributes->>'disabled', 'false') = 'false'
                       AND coalesce(lower(attributes->>'action'), 'allow') = 'allow'
              ELSE true
          END
), opened AS (
    SELECT state, address, type, protocol, source, port LIKE '%(sensitive)%' AS is_port_hidden,
           CASE
               WHEN NOT has_ports THEN NULL
               WHEN port = '*' THEN 0
               ELSE TRY_CAST(split_part(port, '-', 1) AS bigint)
           END AS from_port,
           CASE
               WHEN NOT has_ports THEN NULL
               WHEN port = '*' THEN 65535
               WHEN split_part(port, '-', 2) = '' THEN TRY_CAST(port AS bigint)
               ELSE TRY_CAST(split_part(port, '-', 2) AS bigint)
           END AS to_port
    FROM (SELECT *, protocol IN ('tcp', 'udp', 'sctp', 'all', '(sensitive)') AS has_ports FROM listed) AS l,
         jsonb_array_elements_text(sources) AS source, jsonb_array_elements_text(ports) AS port
    -- Halves of the internet are a way to write it that a search for /0 does not find.
    WHERE (source ~ '^[0-9a-fA-F:.]+/0$'
           OR source ~ '^(0\.0\.0\.0|128\.0\.0\.0|[0:]*::[0:]*|8000:[0:]*)/1$'
           OR lower(source) IN ('*', 'internet', 'any', '0.0.0.0', '::', '(sensitive)'))
      AND port IS NOT NULL AND port <> ''
)
SELECT state, address, type, protocol,
       CASE
           WHEN is_port_hidden THEN '(sensitive)'
           WHEN from_port = 0 AND to_port = 65535 THEN 'all'
           WHEN from_port = to_port THEN from_port::text
           ELSE from_port::text || '-' || to_port::text
       END AS ports,
       source AS open_to
FROM opened
WHERE $port = 0 OR $port BETWEEN from_port AND to_port OR is_port_hidden
ORDER BY state, address, from_port, open_to
