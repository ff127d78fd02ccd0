-- title: Open ingress
-- answers: Which rules let the whole internet in, and to which ports?
-- param: port integer = 0 : only rules that open this port; 0 for all
-- action: Narrow the addresses, or put the service behind a load balancer or a VPN.

-- Every type of rule as one shape: whom it lets in (sources) and to what (ports), as lists.
WITH rules AS (
    SELECT i.state, i.address, i.type, i.attributes, r,
           coalesce(r->>'ip_protocol', r->>'protocol') AS protocol
    FROM instances i,
         jsonb_array_elements(CASE
             WHEN i.type IN ('aws_security_group', 'aws_default_security_group')
                 THEN i.attributes->'ingress'
             WHEN i.type = 'azurerm_network_security_group' THEN i.attributes->'security_rule'
             WHEN i.type = 'google_compute_firewall' THEN i.attributes->'allow'
             WHEN i.type = 'google_sql_database_instance'
                 THEN i.attributes->'settings'->0->'ip_configuration'->0->'authorized_networks'
             ELSE jsonb_build_array(i.attributes)
         END) AS r
    WHERE i.mode = 'managed'
      AND i.type IN (
          'aws_security_group', 'aws_default_security_group', 'aws_security_group_rule',
          'aws_vpc_security_group_ingress_rule',
          'google_compute_firewall', 'google_sql_database_instance',
          'azurerm_network_security_group', 'azurerm_network_security_rule',
          'azurerm_sql_firewall_rule', 'azurerm_mssql_firewall_rule',
          'azurerm_mysql_firewall_rule', 'azurerm_mysql_flexible_server_firewall_rule',
          'azurerm_mariadb_firewall_rule', 'azurerm_postgresql_firewall_rule',
          'azurerm_postgresql_flexible_server_firewall_rule')
), listed AS (
    SELECT state, address, type, protocol,
           jsonb_build_array(
               r->'cidr_ipv4', r->'cidr_ipv6', r->'value', r->'source_address_prefix',
               CASE WHEN r->>'start_ip_address' = '0.0.0.0'
                     AND r->>'end_ip_address' = '255.255.255.255' THEN '0.0.0.0/0' END)
           || coalesce(r->'cidr_blocks', '[]')::jsonb
           || coalesce(r->'ipv6_cidr_blocks', '[]')::jsonb
           || coalesce(r->'source_address_prefixes', '[]')::jsonb
           || coalesce(attributes->'source_ranges', '[]')::jsonb AS sources,
           CASE
               WHEN protocol IN ('-1', 'all') THEN jsonb_build_array('*')
               WHEN type LIKE 'aws_%'
                   THEN jsonb_build_array(concat(r->>'from_port', '-', r->>'to_port'))
               WHEN type = 'google_compute_firewall' AND jsonb_array_length(r->'ports') > 0
                   THEN r->'ports'
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
    WHERE CASE
              WHEN type = 'aws_security_group_rule' THEN r->>'type' = 'ingress'
              WHEN type LIKE 'azurerm_network_security_%'
                  THEN lower(r->>'direction') = 'inbound' AND lower(r->>'access') = 'allow'
              WHEN type = 'google_compute_firewall'
                  THEN coalesce(attributes->>'direction', 'INGRESS') = 'INGRESS'
                       AND coalesce(attributes->>'disabled', 'false') = 'false'
              ELSE true
          END
), opened AS (
    SELECT state, address, type, protocol, source,
           CASE
               WHEN protocol IN ('icmp', 'icmpv6', 'Icmp', '1', '58') THEN NULL
               WHEN port = '*' THEN 0
               ELSE TRY_CAST(split_part(port, '-', 1) AS bigint)
           END AS from_port,
           CASE
               WHEN protocol IN ('icmp', 'icmpv6', 'Icmp', '1', '58') THEN NULL
               WHEN port = '*' THEN 65535
               WHEN split_part(port, '-', 2) = '' THEN TRY_CAST(port AS bigint)
               ELSE TRY_CAST(split_part(port, '-', 2) AS bigint)
           END AS to_port
    FROM listed, jsonb_array_elements_text(sources) AS source, jsonb_array_elements_text(ports) AS port
    -- Halves of the internet are a way to write it that a search for /0 does not find.
    WHERE source IN ('0.0.0.0/0', '0.0.0.0/1', '128.0.0.0/1', '::/0', '::/1', '8000::/1',
                     '*', 'Internet', 'internet', 'Any', 'any', '0.0.0.0', '::')
      AND port IS NOT NULL AND port <> ''
)
SELECT state, address, type,
       CASE WHEN protocol IS NULL THEN 'tcp' WHEN protocol IN ('-1', '*', 'all') THEN 'all'
            ELSE lower(protocol) END AS protocol,
       CASE
           WHEN from_port = 0 AND to_port = 65535 THEN 'all'
           WHEN from_port = to_port THEN from_port::text
           ELSE from_port::text || '-' || to_port::text
       END AS ports,
       source AS open_to
FROM opened
WHERE $port = 0 OR $port BETWEEN from_port AND to_port
ORDER BY state, address, from_port, open_to
