-- What holds now, and what changed, for everybody who reads with plain SQL. Whoever reads a view needs the
-- right to read what is behind it.

CREATE VIEW states WITH (security_invoker = true) AS
SELECT s.state_id, s.name, s.workspace, v.status, v.format_version, v.terraform_version, v.serial, v.lineage,
    v.size_bytes, v.recorded_at AS updated_at, v.version, v.resource_count, v.instance_count, v.output_count
FROM recorded_states s
JOIN recorded_versions v ON v.state_id = s.state_id AND v.version = s.newest_version
WHERE s.removed_at IS NULL;
COMMENT ON VIEW states IS 'One row per state that is there, as its newest version has it.';

CREATE VIEW state_versions WITH (security_invoker = true) AS
SELECT v.state_id, s.name AS state, v.version, v.serial, v.lineage, v.recorded_at, t.author, t.git_commit AS commit,
    t.message, t.operation, t.git_branch, t.git_repository, t.ci_run, t.tags, v.base_version, v.status,
    v.added, v.changed, v.removed
FROM recorded_versions v
JOIN recorded_states s USING (state_id)
JOIN transactions t USING (transaction_id);
COMMENT ON VIEW state_versions IS 'One row per version of a state, those of removed states too.';

CREATE VIEW resources WITH (security_invoker = true) AS
SELECT r.state_id, s.name AS state, r.address, r.module, r.mode, r.type, r.name, r.provider, r.provider_alias,
    (SELECT count(*) FROM recorded_instances i
     WHERE i.state_id = r.state_id AND i.resource_address = r.address AND i.valid_to IS NULL) AS instance_count
FROM recorded_resources r
JOIN recorded_states s USING (state_id)
WHERE r.valid_to IS NULL AND s.removed_at IS NULL;
COMMENT ON VIEW resources IS 'One row per resource that is there.';

CREATE VIEW instances WITH (security_invoker = true) AS
SELECT i.state_id, s.name AS state, i.address, i.resource_address, i.config_address, i.module, i.mode, i.type, i.name,
    i.provider, i.index_key, i.status, i.deposed, i.schema_version, i.attributes, i.sensitive_attributes, i.identity,
    i.dependencies, i.create_before_destroy
FROM recorded_instances i
JOIN recorded_states s USING (state_id)
WHERE i.valid_to IS NULL AND s.removed_at IS NULL;
COMMENT ON VIEW instances IS 'One row per resource instance that is there, deposed ones too. Secrets read (sensitive).';

CREATE VIEW outputs WITH (security_invoker = true) AS
SELECT o.state_id, s.name AS state, o.name, o.value, o.type, o.sensitive
FROM recorded_outputs o
JOIN recorded_states s USING (state_id)
WHERE o.valid_to IS NULL AND s.removed_at IS NULL;
COMMENT ON VIEW outputs IS 'One row per root output that is there.';

CREATE VIEW check_results WITH (security_invoker = true) AS
SELECT c.state_id, s.name AS state, c.config_addr, c.object_kind, c.status
FROM recorded_checks c
JOIN recorded_states s USING (state_id)
WHERE c.valid_to IS NULL AND s.removed_at IS NULL;
COMMENT ON VIEW check_results IS 'One row per check, as its newest result is.';

CREATE VIEW dependencies WITH (security_invoker = true) AS
SELECT i.state_id, s.name AS state, i.address, d.depends_on, o.address AS depends_on_address
FROM recorded_instances i
JOIN recorded_states s USING (state_id)
CROSS JOIN LATERAL unnest(i.dependencies) AS d (depends_on)
LEFT JOIN recorded_instances o ON o.state_id = i.state_id AND o.config_address = d.depends_on
    AND o.valid_to IS NULL AND o.deposed IS NULL
WHERE i.valid_to IS NULL AND s.removed_at IS NULL;
COMMENT ON VIEW dependencies IS 'One row for each pair of an instance and one it depends on; depends_on is the config address as recorded.';

CREATE VIEW history WITH (security_invoker = true) AS
SELECT c.state_id, s.name AS state, c.version, v.recorded_at, t.author, t.git_commit AS commit, t.message, c.address, c.type,
    c.deposed,
    CASE
        WHEN c.before IS NULL AND c.deposed IS NOT NULL THEN 'depose'
        WHEN c.before IS NULL THEN 'create'
        WHEN c.after IS NULL AND v.status = 'removed' THEN 'forget'
        WHEN c.after IS NULL THEN 'delete'
        WHEN c.id_before <> c.id_after THEN 'replace'
        WHEN c.status_before = 'ok' AND c.status_after = 'tainted' THEN 'taint'
        WHEN c.status_before = 'tainted' AND c.status_after = 'ok' THEN 'untaint'
        ELSE 'update'
    END AS action,
    CASE WHEN c.before IS NOT NULL AND c.after IS NOT NULL THEN (
        SELECT coalesce(array_agg(key ORDER BY key), '{}')
        FROM json_each(c.before) AS b (key, value)
        FULL JOIN json_each(c.after) AS a (key, value) USING (key)
        WHERE b.value::text IS DISTINCT FROM a.value::text
    ) END AS changed_attributes,
    c.before, c.after
FROM (
    SELECT n.state_id, n.valid_from AS version, n.address, n.deposed, n.type, o.status AS status_before,
        n.status AS status_after, o.attributes ->> 'id' AS id_before, n.attributes ->> 'id' AS id_after,
        o.attributes AS before, n.attributes AS after
    FROM recorded_instances n
    LEFT JOIN recorded_instances o ON o.state_id = n.state_id AND o.address = n.address
        AND o.deposed IS NOT DISTINCT FROM n.deposed AND o.valid_to = n.valid_from
    WHERE n.changed_in = n.valid_from
    UNION ALL
    SELECT o.state_id, o.valid_to, o.address, o.deposed, o.type, o.status, NULL, NULL, NULL, o.attributes, NULL
    FROM recorded_instances o
    WHERE o.valid_to IS NOT NULL AND NOT EXISTS (
        SELECT FROM recorded_instances n
        WHERE n.state_id = o.state_id AND n.address = o.address AND n.deposed IS NOT DISTINCT FROM o.deposed
            AND n.valid_from = o.valid_to
    )
) c
JOIN recorded_states s USING (state_id)
JOIN recorded_versions v USING (state_id, version)
JOIN transactions t USING (transaction_id);
COMMENT ON VIEW history IS 'One row per change of an instance from one version of its state to the next. Secrets read (sensitive), so that a change of nothing but a secret is an update without changed_attributes.';
