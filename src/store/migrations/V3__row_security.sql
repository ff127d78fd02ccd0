-- A role that was granted some states (sgq store grant) sees these and what belongs to them. Who owns the
-- tables sees all.

ALTER TABLE grants ENABLE ROW LEVEL SECURITY;
ALTER TABLE recorded_states ENABLE ROW LEVEL SECURITY;
ALTER TABLE recorded_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE recorded_resources ENABLE ROW LEVEL SECURITY;
ALTER TABLE recorded_instances ENABLE ROW LEVEL SECURITY;
ALTER TABLE recorded_outputs ENABLE ROW LEVEL SECURITY;
ALTER TABLE recorded_checks ENABLE ROW LEVEL SECURITY;
ALTER TABLE transactions ENABLE ROW LEVEL SECURITY;
ALTER TABLE captured_writes ENABLE ROW LEVEL SECURITY;

-- A role that is no more is nobody's.
CREATE POLICY granted ON grants FOR SELECT
    USING (pg_has_role(current_user, to_regrole(quote_ident(role_name))::oid, 'member'));
-- What follows sees only what the policies above show.
CREATE POLICY granted ON recorded_states FOR SELECT
    USING (EXISTS (SELECT FROM grants WHERE recorded_states.name LIKE grants.pattern));
CREATE POLICY granted ON recorded_versions FOR SELECT
    USING (state_id IN (SELECT s.state_id FROM recorded_states s));
CREATE POLICY granted ON recorded_resources FOR SELECT
    USING (state_id IN (SELECT s.state_id FROM recorded_states s));
CREATE POLICY granted ON recorded_instances FOR SELECT
    USING (state_id IN (SELECT s.state_id FROM recorded_states s));
CREATE POLICY granted ON recorded_outputs FOR SELECT
    USING (state_id IN (SELECT s.state_id FROM recorded_states s));
CREATE POLICY granted ON recorded_checks FOR SELECT
    USING (state_id IN (SELECT s.state_id FROM recorded_states s));
CREATE POLICY granted ON transactions FOR SELECT
    USING (transaction_id IN (SELECT v.transaction_id FROM recorded_versions v));
CREATE POLICY granted ON captured_writes FOR SELECT
    USING (EXISTS (
        SELECT FROM grants
        WHERE concat(
            captured_writes.schema_name, '.' || nullif(captured_writes.table_name, 'states'), '/', captured_writes.workspace
        ) LIKE grants.pattern
    ));
