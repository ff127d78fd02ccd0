-- title: Tainted and deposed
-- answers: What did an apply leave half done?
-- action: Plan and apply the state again: tainted instances are replaced, deposed objects destroyed.
--     A deposed object still costs money.
SELECT state, address, CASE WHEN deposed IS NOT NULL THEN 'deposed' ELSE status END AS finding,
       deposed
FROM instances
WHERE mode = 'managed' AND (status = 'tainted' OR deposed IS NOT NULL)
ORDER BY state, address, deposed NULLS FIRST
