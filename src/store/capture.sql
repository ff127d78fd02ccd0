-- Records a write of Terraform's backend beside it, in the same transaction. Whatever goes wrong here is a
-- warning and never fails that write, nor does it wait for long. It does as the store's owner may, so that
-- Terraform's role needs no rights on the store.
CREATE OR REPLACE FUNCTION {schema}.capture_write() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $capture$
BEGIN
    BEGIN
        IF TG_OP IN ('DELETE', 'UPDATE') AND (TG_OP = 'DELETE' OR OLD.name <> NEW.name) THEN
            INSERT INTO {schema}.captured_writes (schema_name, table_name, workspace, application_name, document)
            VALUES (TG_TABLE_SCHEMA, TG_TABLE_NAME, OLD.name, pg_catalog.current_setting('application_name'), NULL);
        END IF;
        IF TG_OP <> 'DELETE' AND NEW.data <> '' THEN
            INSERT INTO {schema}.captured_writes (schema_name, table_name, workspace, application_name, document)
            VALUES (TG_TABLE_SCHEMA, TG_TABLE_NAME, NEW.name, pg_catalog.current_setting('application_name'), NEW.data);
        END IF;
    EXCEPTION WHEN OTHERS THEN
        -- The message of an error can quote what was written.
        RAISE WARNING 'sgq did not capture this write of the state %/% (SQLSTATE %)',
            TG_TABLE_SCHEMA, coalesce(NEW.name, OLD.name), SQLSTATE;
    END;
    RETURN NULL;
END
$capture$;
REVOKE ALL ON FUNCTION {schema}.capture_write() FROM PUBLIC;
COMMENT ON FUNCTION {schema}.capture_write() IS 'Records a write of Terraform''s backend pg in captured_writes; never fails it.';
