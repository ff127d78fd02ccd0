-- States as relations. What a table holds of a state is valid from one version of it on (valid_from)
-- and up to another, that not included (valid_to; NULL for what holds now): a version that changes three
-- instances of 50,000 writes three rows.
--
-- The columns attributes_exact, private, rest, document, top, fingerprint and the hashes hold states as they
-- were written, secrets included, or could tell of them. All other columns are as sgq shows them: a
-- secret reads (sensitive). A role can be given the one without the other (sgq store grant).

CREATE TABLE transactions (
    transaction_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recorded_at timestamptz NOT NULL,
    operation text NOT NULL,
    author text,
    message text,
    git_commit text,
    git_branch text,
    git_repository text,
    ci_run text,
    tags text[] NOT NULL DEFAULT '{}',
    db_user text NOT NULL DEFAULT session_user
);
COMMENT ON TABLE transactions IS 'Who wrote to the store, when and why: one row for each write, whose versions name it.';
COMMENT ON COLUMN transactions.transaction_id IS 'Its number.';
COMMENT ON COLUMN transactions.recorded_at IS 'When it was written to the store.';
COMMENT ON COLUMN transactions.operation IS 'push, import, capture, revert, rename or rm.';
COMMENT ON COLUMN transactions.author IS 'Who made the change, as they or their git settings say.';
COMMENT ON COLUMN transactions.message IS 'Why, in their words; of an imported commit its first line.';
COMMENT ON COLUMN transactions.git_commit IS 'The commit of the configuration that was applied.';
COMMENT ON COLUMN transactions.git_branch IS 'The branch it was on.';
COMMENT ON COLUMN transactions.git_repository IS 'The repository, without credentials.';
COMMENT ON COLUMN transactions.ci_run IS 'The run of a CI system, mostly its address.';
COMMENT ON COLUMN transactions.tags IS 'Further words, each as it was given.';
COMMENT ON COLUMN transactions.db_user IS 'The role that was connected to the database.';

CREATE TABLE recorded_states (
    state_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL CHECK (name <> ''),
    workspace text NOT NULL DEFAULT 'default',
    newest_version bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    removed_at timestamptz
);
CREATE UNIQUE INDEX recorded_states_name ON recorded_states (name) WHERE removed_at IS NULL;
COMMENT ON TABLE recorded_states IS 'The states, removed ones too. Whoever writes a version locks its row.';
COMMENT ON COLUMN recorded_states.state_id IS 'Names the state for its whole life in the store.';
COMMENT ON COLUMN recorded_states.name IS 'Its name; no two states that are there have the same.';
COMMENT ON COLUMN recorded_states.workspace IS 'The workspace it is of.';
COMMENT ON COLUMN recorded_states.newest_version IS 'The number of its newest version.';
COMMENT ON COLUMN recorded_states.created_at IS 'When its first version was written to the store.';
COMMENT ON COLUMN recorded_states.removed_at IS 'When it was removed; NULL for a state that is there.';

CREATE TABLE recorded_versions (
    state_id bigint NOT NULL REFERENCES recorded_states,
    version bigint NOT NULL CHECK (version > 0),
    transaction_id bigint NOT NULL REFERENCES transactions,
    base_version bigint,
    recorded_at timestamptz NOT NULL,
    status text NOT NULL CHECK (status IN ('ok', 'encrypted', 'removed')),
    format_version text,
    terraform_version text,
    serial bigint,
    lineage text,
    size_bytes bigint NOT NULL,
    resource_count bigint,
    instance_count bigint,
    output_count bigint,
    added bigint NOT NULL,
    changed bigint NOT NULL,
    removed bigint NOT NULL,
    top text,
    document text,
    content_hash bytea NOT NULL,
    secrets_hash bytea,
    is_in_relations boolean NOT NULL GENERATED ALWAYS AS (top IS NOT NULL) STORED,
    PRIMARY KEY (state_id, version)
);
CREATE INDEX recorded_versions_transaction ON recorded_versions (transaction_id);
CREATE INDEX recorded_versions_time ON recorded_versions (state_id, recorded_at);
COMMENT ON TABLE recorded_versions IS 'Every version of every state. They are never changed.';
COMMENT ON COLUMN recorded_versions.state_id IS 'The state.';
COMMENT ON COLUMN recorded_versions.version IS 'Counts the versions of a state, from 1.';
COMMENT ON COLUMN recorded_versions.transaction_id IS 'Who wrote it, when and why.';
COMMENT ON COLUMN recorded_versions.base_version IS 'The version that its writer had started from; another than the one before it where others had written meanwhile. NULL for a first version.';
COMMENT ON COLUMN recorded_versions.recorded_at IS 'When it began to hold: when it was written to the store, of an imported history when it was committed.';
COMMENT ON COLUMN recorded_versions.status IS 'ok; encrypted where OpenTofu encrypted it; removed where the state was removed.';
COMMENT ON COLUMN recorded_versions.format_version IS 'The version of the format it is written in.';
COMMENT ON COLUMN recorded_versions.terraform_version IS 'The version of Terraform or OpenTofu that wrote it.';
COMMENT ON COLUMN recorded_versions.serial IS 'Terraform''s count of writes; the largest number where it is larger than fits.';
COMMENT ON COLUMN recorded_versions.lineage IS 'Names the state for its whole life, as Terraform made it up.';
COMMENT ON COLUMN recorded_versions.size_bytes IS 'About the size of the document, in bytes: as it was pushed, without blanks.';
COMMENT ON COLUMN recorded_versions.resource_count IS 'How many resources it has.';
COMMENT ON COLUMN recorded_versions.instance_count IS 'How many instances it has, deposed ones too.';
COMMENT ON COLUMN recorded_versions.output_count IS 'How many outputs it has.';
COMMENT ON COLUMN recorded_versions.added IS 'How many instances are there that were not in the version before.';
COMMENT ON COLUMN recorded_versions.changed IS 'How many instances are others than in the version before.';
COMMENT ON COLUMN recorded_versions.removed IS 'How many instances are there no more.';
COMMENT ON COLUMN recorded_versions.top IS 'The members of the document, a JSON array of names and texts; those that have relations of their own are empty.';
COMMENT ON COLUMN recorded_versions.document IS 'The whole document as it was written, where it is none that comes out of relations as it went in: another format, or encrypted.';
COMMENT ON COLUMN recorded_versions.content_hash IS 'Stands for what the version holds, whatever the order: the sum of the hashes of its parts, else the hash of its document.';
COMMENT ON COLUMN recorded_versions.secrets_hash IS 'Stands for what is hidden in it.';
COMMENT ON COLUMN recorded_versions.is_in_relations IS 'Whether the document comes out of relations; else it is kept whole.';

CREATE TABLE recorded_resources (
    row_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state_id bigint NOT NULL,
    address text NOT NULL,
    module text,
    mode text NOT NULL,
    type text NOT NULL,
    name text NOT NULL,
    provider text,
    provider_alias text,
    provider_text text,
    rest text,
    fingerprint bytea NOT NULL,
    position text COLLATE "C" NOT NULL,
    valid_from bigint NOT NULL,
    valid_to bigint CHECK (valid_to > valid_from),
    FOREIGN KEY (state_id, valid_from) REFERENCES recorded_versions (state_id, version) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX recorded_resources_now ON recorded_resources (state_id, address) WHERE valid_to IS NULL;
CREATE INDEX recorded_resources_from ON recorded_resources (state_id, valid_from);
CREATE INDEX recorded_resources_to ON recorded_resources (state_id, valid_to) WHERE valid_to IS NOT NULL;
COMMENT ON TABLE recorded_resources IS 'Resources, over the versions of their states.';
COMMENT ON COLUMN recorded_resources.row_id IS 'Names the row.';
COMMENT ON COLUMN recorded_resources.state_id IS 'The state.';
COMMENT ON COLUMN recorded_resources.address IS 'Its address, module instance included.';
COMMENT ON COLUMN recorded_resources.module IS 'The module instance it stands in; NULL at the root.';
COMMENT ON COLUMN recorded_resources.mode IS 'managed, or data for a data source.';
COMMENT ON COLUMN recorded_resources.type IS 'The resource type, such as aws_instance.';
COMMENT ON COLUMN recorded_resources.name IS 'The name in the configuration.';
COMMENT ON COLUMN recorded_resources.provider IS 'The provider''s source address.';
COMMENT ON COLUMN recorded_resources.provider_alias IS 'The alias of the provider''s configuration.';
COMMENT ON COLUMN recorded_resources.provider_text IS 'The provider as the state writes it.';
COMMENT ON COLUMN recorded_resources.rest IS 'Its JSON without its instances, where that is not what the other columns say.';
COMMENT ON COLUMN recorded_resources.fingerprint IS 'Stands for its JSON.';
COMMENT ON COLUMN recorded_resources.position IS 'Its place among the resources: they are ordered by this text.';
COMMENT ON COLUMN recorded_resources.valid_from IS 'The first version it is in.';
COMMENT ON COLUMN recorded_resources.valid_to IS 'The first version it is not in any more; NULL for what holds now.';

CREATE TABLE recorded_instances (
    row_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state_id bigint NOT NULL,
    address text NOT NULL,
    resource_address text NOT NULL,
    config_address text NOT NULL,
    module text,
    mode text NOT NULL,
    type text NOT NULL,
    name text NOT NULL,
    provider text,
    index_key text,
    index_json text,
    status text NOT NULL CHECK (status IN ('ok', 'tainted')),
    deposed text,
    schema_version bigint,
    attributes json,
    attributes_exact text,
    id_json text GENERATED ALWAYS AS ((attributes -> 'id')::text) STORED,
    sensitive_attributes json,
    identity_schema_version bigint,
    identity json,
    dependencies text[] NOT NULL DEFAULT '{}',
    create_before_destroy boolean NOT NULL,
    private text,
    rest text,
    fingerprint bytea NOT NULL,
    position text COLLATE "C" NOT NULL,
    changed_in bigint NOT NULL,
    valid_from bigint NOT NULL,
    valid_to bigint CHECK (valid_to > valid_from),
    FOREIGN KEY (state_id, valid_from) REFERENCES recorded_versions (state_id, version) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX recorded_instances_now ON recorded_instances (state_id, address, (coalesce(deposed, ''))) WHERE valid_to IS NULL;
CREATE INDEX recorded_instances_from ON recorded_instances (state_id, valid_from);
CREATE INDEX recorded_instances_to ON recorded_instances (state_id, valid_to) WHERE valid_to IS NOT NULL;
CREATE INDEX recorded_instances_type ON recorded_instances (type, state_id) WHERE valid_to IS NULL;
CREATE INDEX recorded_instances_address ON recorded_instances (address, state_id, valid_from);
COMMENT ON TABLE recorded_instances IS 'Resource instances, deposed ones too, over the versions of their states.';
COMMENT ON COLUMN recorded_instances.row_id IS 'Names the row.';
COMMENT ON COLUMN recorded_instances.state_id IS 'The state.';
COMMENT ON COLUMN recorded_instances.address IS 'Its address, as terraform state list prints it.';
COMMENT ON COLUMN recorded_instances.resource_address IS 'The resource''s address.';
COMMENT ON COLUMN recorded_instances.config_address IS 'The address without any instance key.';
COMMENT ON COLUMN recorded_instances.module IS 'The module instance it stands in; NULL at the root.';
COMMENT ON COLUMN recorded_instances.mode IS 'managed, or data for a data source.';
COMMENT ON COLUMN recorded_instances.type IS 'The resource type, such as aws_instance.';
COMMENT ON COLUMN recorded_instances.name IS 'The name in the configuration.';
COMMENT ON COLUMN recorded_instances.provider IS 'The provider''s source address.';
COMMENT ON COLUMN recorded_instances.index_key IS 'Its key under count or for_each.';
COMMENT ON COLUMN recorded_instances.index_json IS 'The same as JSON, as the state writes it.';
COMMENT ON COLUMN recorded_instances.status IS 'ok, or tainted where it is to be replaced.';
COMMENT ON COLUMN recorded_instances.deposed IS 'The key of a deposed object; NULL for a current one.';
COMMENT ON COLUMN recorded_instances.schema_version IS 'The version of the provider''s schema that the attributes follow.';
COMMENT ON COLUMN recorded_instances.attributes IS 'The attributes as they may be shown: secrets read (sensitive). Where nothing is hidden and PostgreSQL takes it, the JSON as the state writes it.';
COMMENT ON COLUMN recorded_instances.attributes_exact IS 'The JSON of the attributes as the state writes it, where attributes is another; an empty text where it writes none.';
COMMENT ON COLUMN recorded_instances.id_json IS 'The id among attributes, as JSON: with the type it tells objects from each other, wherever they move.';
COMMENT ON COLUMN recorded_instances.sensitive_attributes IS 'The paths that the state marks as sensitive, as it writes them.';
COMMENT ON COLUMN recorded_instances.identity_schema_version IS 'The version of the schema that the identity follows.';
COMMENT ON COLUMN recorded_instances.identity IS 'The identity that the provider gave it, as it may be shown.';
COMMENT ON COLUMN recorded_instances.dependencies IS 'The config addresses it depends on.';
COMMENT ON COLUMN recorded_instances.create_before_destroy IS 'Whether it is replaced by creating the new one first.';
COMMENT ON COLUMN recorded_instances.private IS 'What the provider keeps for itself.';
COMMENT ON COLUMN recorded_instances.rest IS 'Its JSON without its attributes, where that is not what the other columns say.';
COMMENT ON COLUMN recorded_instances.fingerprint IS 'Stands for its JSON.';
COMMENT ON COLUMN recorded_instances.position IS 'Its place among its resource''s instances: they are ordered by this text.';
COMMENT ON COLUMN recorded_instances.changed_in IS 'The version that made it what it is; a later one may have given it another place among its siblings, or hidden more of it.';
COMMENT ON COLUMN recorded_instances.valid_from IS 'The first version it is in.';
COMMENT ON COLUMN recorded_instances.valid_to IS 'The first version it is not in any more; NULL for what holds now.';

CREATE TABLE recorded_outputs (
    row_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state_id bigint NOT NULL,
    name text NOT NULL,
    value json,
    type json,
    sensitive boolean NOT NULL,
    rest text,
    fingerprint bytea NOT NULL,
    position text COLLATE "C" NOT NULL,
    valid_from bigint NOT NULL,
    valid_to bigint CHECK (valid_to > valid_from),
    FOREIGN KEY (state_id, valid_from) REFERENCES recorded_versions (state_id, version) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX recorded_outputs_now ON recorded_outputs (state_id, name) WHERE valid_to IS NULL;
CREATE INDEX recorded_outputs_from ON recorded_outputs (state_id, valid_from);
CREATE INDEX recorded_outputs_to ON recorded_outputs (state_id, valid_to) WHERE valid_to IS NOT NULL;
COMMENT ON TABLE recorded_outputs IS 'Root outputs, over the versions of their states.';
COMMENT ON COLUMN recorded_outputs.row_id IS 'Names the row.';
COMMENT ON COLUMN recorded_outputs.state_id IS 'The state.';
COMMENT ON COLUMN recorded_outputs.name IS 'The output''s name.';
COMMENT ON COLUMN recorded_outputs.value IS 'Its value as it may be shown.';
COMMENT ON COLUMN recorded_outputs.type IS 'Its type, as cty writes types in JSON.';
COMMENT ON COLUMN recorded_outputs.sensitive IS 'Whether it is marked as sensitive.';
COMMENT ON COLUMN recorded_outputs.rest IS 'Its JSON, where that is not what the other columns say.';
COMMENT ON COLUMN recorded_outputs.fingerprint IS 'Stands for its JSON.';
COMMENT ON COLUMN recorded_outputs.position IS 'Its place among the outputs: they are ordered by this text.';
COMMENT ON COLUMN recorded_outputs.valid_from IS 'The first version it is in.';
COMMENT ON COLUMN recorded_outputs.valid_to IS 'The first version it is not in any more; NULL for what holds now.';

CREATE TABLE recorded_checks (
    row_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state_id bigint NOT NULL,
    object_kind text NOT NULL,
    config_addr text NOT NULL,
    status text NOT NULL,
    objects json NOT NULL,
    rest text NOT NULL,
    fingerprint bytea NOT NULL,
    position text COLLATE "C" NOT NULL,
    valid_from bigint NOT NULL,
    valid_to bigint CHECK (valid_to > valid_from),
    FOREIGN KEY (state_id, valid_from) REFERENCES recorded_versions (state_id, version) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX recorded_checks_now ON recorded_checks (state_id, object_kind, config_addr) WHERE valid_to IS NULL;
CREATE INDEX recorded_checks_from ON recorded_checks (state_id, valid_from);
CREATE INDEX recorded_checks_to ON recorded_checks (state_id, valid_to) WHERE valid_to IS NOT NULL;
COMMENT ON TABLE recorded_checks IS 'The results of checks, over the versions of their states.';
COMMENT ON COLUMN recorded_checks.row_id IS 'Names the row.';
COMMENT ON COLUMN recorded_checks.state_id IS 'The state.';
COMMENT ON COLUMN recorded_checks.object_kind IS 'resource, output, check or var.';
COMMENT ON COLUMN recorded_checks.config_addr IS 'The address in the configuration.';
COMMENT ON COLUMN recorded_checks.status IS 'pass, fail, error or unknown.';
COMMENT ON COLUMN recorded_checks.objects IS 'The objects it was made on: object_addr, status, failure_messages as they may be shown.';
COMMENT ON COLUMN recorded_checks.rest IS 'Its JSON.';
COMMENT ON COLUMN recorded_checks.fingerprint IS 'Stands for its JSON.';
COMMENT ON COLUMN recorded_checks.position IS 'Its place among the results: they are ordered by this text.';
COMMENT ON COLUMN recorded_checks.valid_from IS 'The first version it is in.';
COMMENT ON COLUMN recorded_checks.valid_to IS 'The first version it is not in any more; NULL for what holds now.';

CREATE TABLE captured_writes (
    write_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    schema_name text NOT NULL,
    table_name text NOT NULL,
    workspace text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    db_user text NOT NULL DEFAULT session_user,
    application_name text,
    document text,
    refused text
);
CREATE INDEX captured_writes_place ON captured_writes (schema_name, table_name, workspace, write_id);
COMMENT ON TABLE captured_writes IS 'What Terraform wrote to its pg backend, until it is made relations of.';
COMMENT ON COLUMN captured_writes.write_id IS 'Counts the writes.';
COMMENT ON COLUMN captured_writes.schema_name IS 'The schema of the backend.';
COMMENT ON COLUMN captured_writes.table_name IS 'Its table of states.';
COMMENT ON COLUMN captured_writes.workspace IS 'The workspace.';
COMMENT ON COLUMN captured_writes.recorded_at IS 'When it was written.';
COMMENT ON COLUMN captured_writes.db_user IS 'The role that wrote.';
COMMENT ON COLUMN captured_writes.application_name IS 'What the writer''s connection called itself.';
COMMENT ON COLUMN captured_writes.document IS 'The state as it was written; NULL where it was removed.';
COMMENT ON COLUMN captured_writes.refused IS 'Why no version can be made of it, where that was tried: it is no state.';

CREATE TABLE grants (
    role_name text NOT NULL,
    pattern text NOT NULL,
    without_secrets boolean NOT NULL,
    PRIMARY KEY (role_name, pattern)
);
COMMENT ON TABLE grants IS 'Which states a role may read, by the patterns of their names.';
COMMENT ON COLUMN grants.role_name IS 'The role; its members may as well.';
COMMENT ON COLUMN grants.pattern IS 'A pattern of LIKE.';
COMMENT ON COLUMN grants.without_secrets IS 'Whether the columns that hold secrets are withheld.';
