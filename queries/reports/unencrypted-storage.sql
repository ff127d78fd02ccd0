-- title: Unencrypted storage
-- answers: Which disks, databases, snapshots, queues and buckets are not encrypted at rest?
-- param: own_keys boolean = false : also what is encrypted with the provider's key and not with one
--     of your own; where AWS wrote the ARN of its default key into the state, none can tell
-- action: Turn encryption on; a disk, snapshot or database has to be copied for it. Set the account's
--     default where there is one.

-- What is hidden is unknown, and no finding. Google and Azure encrypt everything with keys of their
-- own, so theirs is a finding with own_keys or where encryption was switched off.
WITH told AS (
    SELECT i.state, i.address, i.type, i.deposed, i.attributes->>'bucket' AS bucket,
           CASE
               WHEN i.type IN ('aws_ebs_volume', 'aws_ebs_snapshot', 'aws_ebs_snapshot_copy',
                               'aws_efs_file_system', 'aws_redshift_cluster',
                               'aws_fsx_openzfs_file_system', 'aws_db_snapshot')
                   THEN i.attributes->>'encrypted' = 'false'
               WHEN i.type IN ('aws_db_instance', 'aws_rds_cluster', 'aws_rds_cluster_instance',
                               'aws_rds_global_cluster', 'aws_docdb_cluster', 'aws_neptune_cluster',
                               'aws_db_cluster_snapshot')
                   THEN i.attributes->>'storage_encrypted' = 'false'
               WHEN i.type IN ('aws_instance', 'aws_spot_instance_request', 'aws_ami', 'aws_ami_copy')
                   THEN i.attributes->'root_block_device' @> '[{"encrypted": false}]'
                        OR i.attributes->'ebs_block_device' @> '[{"encrypted": false}]'
               WHEN i.type IN ('aws_launch_template', 'aws_launch_configuration')
                   THEN i.attributes->'block_device_mappings' @> '[{"ebs": [{"encrypted": "false"}]}]'
                        OR i.attributes->'root_block_device' @> '[{"encrypted": false}]'
                        OR i.attributes->'ebs_block_device' @> '[{"encrypted": false}]'
               WHEN i.type = 'aws_elasticache_replication_group'
                   THEN i.attributes->>'at_rest_encryption_enabled' = 'false'
               WHEN i.type IN ('aws_elasticsearch_domain', 'aws_opensearch_domain')
                   THEN jsonb_array_length(i.attributes->'encrypt_at_rest') = 0
                        OR i.attributes->'encrypt_at_rest' @> '[{"enabled": false}]'
               WHEN i.type = 'aws_dax_cluster'
                   THEN jsonb_array_length(i.attributes->'server_side_encryption') = 0
                        OR i.attributes->'server_side_encryption' @> '[{"enabled": false}]'
               WHEN i.type = 'aws_kinesis_stream' THEN i.attributes->>'encryption_type' = 'NONE'
               -- What comes from a stream is encrypted as the stream is.
               WHEN i.type = 'aws_kinesis_firehose_delivery_stream'
                   THEN i.attributes->'server_side_encryption' @> '[{"enabled": false}]'
                        AND coalesce(jsonb_array_length(i.attributes->'kinesis_source_configuration'), 0) = 0
                        AND coalesce(jsonb_array_length(i.attributes->'msk_source_configuration'), 0) = 0
               WHEN i.type = 'aws_sqs_queue'
                   THEN coalesce(i.attributes->>'kms_master_key_id', '') = ''
                        AND i.attributes->>'sqs_managed_sse_enabled' = 'false'
               -- A topic is encrypted with the key that is named, and with none by itself.
               WHEN i.type = 'aws_sns_topic'
                   THEN i.attributes ? 'kms_master_key_id'
                        AND coalesce(i.attributes->>'kms_master_key_id', '') = ''
               WHEN i.type = 'aws_workspaces_workspace'
                   THEN 'false' IN (i.attributes->>'root_volume_encryption_enabled',
                                    i.attributes->>'user_volume_encryption_enabled')
               -- S3 encrypts new objects since 2023; a bucket without a rule is older than that.
               WHEN i.type = 'aws_s3_bucket'
                   THEN jsonb_array_length(i.attributes->'server_side_encryption_configuration') = 0
               WHEN i.type IN ('azurerm_mssql_database', 'azurerm_sql_database')
                   THEN i.attributes->>'transparent_data_encryption_enabled' = 'false'
               WHEN i.type = 'azurerm_data_lake_store'
                   THEN i.attributes->>'encryption_state' = 'Disabled'
               WHEN i.type = 'azurerm_kusto_cluster'
                   THEN 'false' IN (i.attributes->>'disk_encryption_enabled',
                                    i.attributes->>'enable_disk_encryption')
           END AS is_plain,
           CASE
               WHEN i.type IN ('aws_ebs_volume', 'aws_ebs_snapshot', 'aws_ebs_snapshot_copy',
                               'aws_efs_file_system', 'aws_redshift_cluster', 'aws_db_instance',
                               'aws_rds_cluster', 'aws_docdb_cluster', 'aws_neptune_cluster',
                               'aws_db_snapshot', 'aws_db_cluster_snapshot',
                               'aws_elasticache_replication_group')
                   THEN 'true' IN (i.attributes->>'encrypted', i.attributes->>'storage_encrypted',
                                   i.attributes->>'at_rest_encryption_enabled')
                        AND coalesce(i.attributes->>'kms_key_id', '') = ''
               WHEN i.type IN ('aws_instance', 'aws_spot_instance_request')
                   THEN i.attributes->'root_block_device' @> '[{"encrypted": true, "kms_key_id": ""}]'
                        OR i.attributes->'ebs_block_device' @> '[{"encrypted": true, "kms_key_id": ""}]'
               WHEN i.type = 'aws_kinesis_stream'
                   THEN i.attributes->>'encryption_type' = 'KMS'
                        AND coalesce(i.attributes->>'kms_key_id', '') IN ('', 'alias/aws/kinesis')
               WHEN i.type = 'aws_kinesis_firehose_delivery_stream'
                   THEN i.attributes->'server_side_encryption'
                            @> '[{"enabled": true, "key_type": "AWS_OWNED_CMK"}]'
               WHEN i.type = 'aws_sqs_queue'
                   THEN i.attributes->>'kms_master_key_id' = 'alias/aws/sqs'
                        OR coalesce(i.attributes->>'kms_master_key_id', '') = ''
                           AND i.attributes->>'sqs_managed_sse_enabled' = 'true'
               WHEN i.type = 'aws_sns_topic' THEN i.attributes->>'kms_master_key_id' = 'alias/aws/sns'
               WHEN i.type IN ('aws_s3_bucket', 'aws_s3_bucket_server_side_encryption_configuration')
                   THEN i.attributes->'server_side_encryption_configuration'->0->'rule'
                            @> '[{"apply_server_side_encryption_by_default": [{"sse_algorithm": "AES256"}]}]'
                        OR i.attributes->'rule'
                            @> '[{"apply_server_side_encryption_by_default": [{"sse_algorithm": "AES256"}]}]'
               WHEN i.type IN ('google_compute_disk', 'google_compute_region_disk')
                   THEN jsonb_array_length(i.attributes->'disk_encryption_key') = 0
               WHEN i.type = 'google_compute_snapshot'
                   THEN jsonb_array_length(i.attributes->'snapshot_encryption_key') = 0
               WHEN i.type = 'google_compute_instance'
                   THEN i.attributes->'boot_disk' @> '[{"kms_key_self_link": ""}]'
               WHEN i.type = 'google_storage_bucket'
                   THEN jsonb_array_length(i.attributes->'encryption') = 0
               WHEN i.type = 'google_sql_database_instance'
                   THEN coalesce(i.attributes->>'encryption_key_name', '') = ''
               WHEN i.type = 'google_bigquery_dataset'
                   THEN jsonb_array_length(i.attributes->'default_encryption_configuration') = 0
               WHEN i.type = 'google_pubsub_topic'
                   THEN coalesce(i.attributes->>'kms_key_name', '') = ''
               WHEN i.type = 'azurerm_managed_disk'
                   THEN coalesce(i.attributes->>'disk_encryption_set_id', '') = ''
               WHEN i.type = 'azurerm_storage_account'
                   THEN jsonb_array_length(i.attributes->'customer_managed_key') = 0
               WHEN i.type IN ('azurerm_postgresql_flexible_server', 'azurerm_mysql_flexible_server')
                   THEN jsonb_array_length(i.attributes->'customer_managed_key') = 0
           END AS has_no_own_key
    FROM instances i
    WHERE i.mode = 'managed'
      AND i.type IN (
          'aws_ebs_volume', 'aws_ebs_snapshot', 'aws_ebs_snapshot_copy', 'aws_efs_file_system',
          'aws_fsx_openzfs_file_system', 'aws_redshift_cluster', 'aws_db_instance',
          'aws_rds_cluster', 'aws_rds_cluster_instance', 'aws_rds_global_cluster',
          'aws_docdb_cluster', 'aws_neptune_cluster', 'aws_db_snapshot',
          'aws_db_cluster_snapshot', 'aws_instance', 'aws_spot_instance_request', 'aws_ami',
          'aws_ami_copy', 'aws_launch_template', 'aws_launch_configuration',
          'aws_elasticache_replication_group', 'aws_elasticsearch_domain',
          'aws_opensearch_domain', 'aws_dax_cluster', 'aws_kinesis_stream',
          'aws_kinesis_firehose_delivery_stream', 'aws_sqs_queue', 'aws_sns_topic',
          'aws_workspaces_workspace', 'aws_s3_bucket',
          'aws_s3_bucket_server_side_encryption_configuration',
          'google_compute_disk', 'google_compute_region_disk', 'google_compute_snapshot',
          'google_compute_instance', 'google_storage_bucket', 'google_sql_database_instance',
          'google_bigquery_dataset', 'google_pubsub_topic',
          'azurerm_mssql_database', 'azurerm_sql_database', 'azurerm_managed_disk',
          'azurerm_data_lake_store', 'azurerm_kusto_cluster', 'azurerm_storage_account',
          'azurerm_postgresql_flexible_server', 'azurerm_mysql_flexible_server')
), weighed AS (
    -- The rule of a bucket may be a resource of its own, in whichever state.
    SELECT state, address, type, deposed, has_no_own_key,
           coalesce(is_plain, false)
           AND NOT (type = 'aws_s3_bucket'
                    AND bool_or(type = 'aws_s3_bucket_server_side_encryption_configuration')
                        OVER (PARTITION BY CASE WHEN type LIKE 'aws_s3_%' THEN bucket END)) AS is_plain
    FROM told
    WHERE is_plain OR has_no_own_key OR type = 'aws_s3_bucket_server_side_encryption_configuration'
)
SELECT state, address, type, deposed,
       CASE WHEN is_plain THEN 'not encrypted' ELSE 'encrypted with the provider''s key' END AS finding
FROM weighed
WHERE is_plain OR $own_keys AND has_no_own_key
ORDER BY state, address, deposed NULLS FIRST
