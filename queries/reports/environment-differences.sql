-- title: Differences of environments
-- answers: What has one environment that its counterpart lacks, or has in another number?
-- param: left text = staging : one environment
-- param: right text = prod : the other one
-- param: label text = env : the label that names environments; else the state's name has to
-- param: stack text = : only stacks whose name holds this
-- action: Apply what is missing, or write down why the environments differ.

-- A state's counterpart has the same name but for the environment in it: shop/staging/app is the
-- stack shop/*/app.
WITH sides AS (
    SELECT id, e.side,
           regexp_replace(name, '(^|[^a-zA-Z0-9])' || regexp_replace(e.env, '([^a-zA-Z0-9])', '\\\1', 'g')
                                || '([^a-zA-Z0-9]|$)', '\1*\2') AS stack,
           labels->>$label AS labelled, e.env
    FROM states, (SELECT 'left' AS side, $left AS env UNION ALL SELECT 'right', $right) AS e
), stacks AS (
    SELECT id, side, stack
    FROM sides
    WHERE coalesce(labelled, CASE WHEN stack LIKE '%*%' THEN env END) = env
      AND strpos(stack, $stack) > 0
), counted AS (
    SELECT s.stack, i.config_address AS resource, i.type,
           count(*) FILTER (WHERE s.side = 'left') AS in_left,
           count(*) FILTER (WHERE s.side = 'right') AS in_right
    FROM stacks s JOIN instances i ON i.state_id = s.id
    WHERE i.mode = 'managed' AND i.deposed IS NULL
    GROUP BY s.stack, i.config_address, i.type
)
SELECT c.stack, c.resource, c.type, c.in_left, c.in_right,
       CASE
           WHEN c.in_right = 0 THEN 'only in ' || $left
           WHEN c.in_left = 0 THEN 'only in ' || $right
           ELSE 'other number'
       END AS finding
FROM counted c
-- A stack that is in one environment alone is told by its own name, not by all it holds.
JOIN (SELECT stack FROM stacks GROUP BY stack HAVING count(DISTINCT side) = 2) AS both
    ON both.stack = c.stack
WHERE c.in_left <> c.in_right
UNION ALL
SELECT stack, NULL, NULL, NULL, NULL,
       'the whole stack is only in ' || CASE max(side) WHEN 'left' THEN $left ELSE $right END
FROM stacks
GROUP BY stack HAVING count(DISTINCT side) = 1
ORDER BY stack, resource NULLS FIRST
