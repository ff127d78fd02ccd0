-- title: Secrets in states
-- answers: Where do states keep secrets, and which of them are not marked as sensitive there?
-- param: copies boolean = false : also what terraform_remote_state copied from other states
-- action: Keep the secret in a vault and read it at run time, or use a write-only argument. Where
--     marked is false, mark the variable or output as sensitive: Terraform may print the value. It
--     hides what a provider's schema makes sensitive, which not every version notes in the state.

-- Names and places only. What sgq hides reads (sensitive); with --show-sensitive only what a state
-- marks is told.
WITH hidden AS (
    -- A value of any type lies beside its type, which is no part of its path.
    SELECT state, address, type,
           CASE WHEN type IN ('terraform_data', 'terraform_remote_state')
                THEN regexp_replace(path, '^([a-z_]+)\.value', '\1') ELSE path END AS path
    FROM attributes
    WHERE value = '(sensitive)'
      AND NOT (type IN ('terraform_data', 'terraform_remote_state') AND path ~ '^[a-z_]+\.type\[')
), marked AS (
    -- Write-only arguments are marked, and hold nothing.
    SELECT i.state, i.address, i.type, path
    FROM instances i, jsonb_array_elements_text(i.sensitive_attributes) AS path
    WHERE jsonb_typeof(i.attributes #> string_to_array(regexp_replace(path, '\[(\d+)\]', '.\1', 'g'), '.'))
          IS DISTINCT FROM 'null'
), places AS (
    SELECT state, address, type, path, false AS marked FROM hidden
    UNION ALL
    SELECT state, address, type, path, true AS marked FROM marked
    UNION ALL
    SELECT state, 'output.' || name, 'output', 'value', sensitive
    FROM outputs
    WHERE sensitive AND jsonb_typeof(value) <> 'null' OR value::text ~ '"\(sensitive\)"\s*([,}\]]|$)'
)
SELECT state, address, path, bool_or(marked) AS marked
FROM places
WHERE $copies OR type <> 'terraform_remote_state' OR path NOT SIMILAR TO '(outputs|defaults)%'
GROUP BY state, address, path
ORDER BY state, address, path
