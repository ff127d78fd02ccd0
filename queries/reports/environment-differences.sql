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
    SELECT name, labels->>$label AS labelled, id, status, e.side, e.env,
           '(^|[^\p{L}\p{N}])' || regexp_replace(e.env, '([\\.+*?()|\[\]{}^$])', '\\\1', 'g')
           || '([^\p{L}\p{N}]|$)' AS in_name
    -- DISTINCT brings the states together: names are then searched all at once, not one by one.
    FROM (SELECT DISTINCT id, name, labels, status FROM states) AS s,
         (SELECT 'left' AS side, $left AS env UNION ALL SELECT 'right', $right) AS e
), named AS (
    -- Twice, since the end of one match may be the beginning of the next.
    SELECT *, regexp_replace(regexp_replace(name, in_name, '\1*\2', 'g'), in_name, '\1*\2', 'g') AS stack
    FROM sides
), stacks AS (
    SELECT id, side, stack,
           -- A stack that is in one environment alone is told by its own name, not by all it holds;
           -- one of which a side cannot be read, by that side.
           CASE
               WHEN min(side) OVER () = max(side) OVER ()
                   THEN 'nothing to compare with: no state here is of '
                        || CASE side WHEN 'left' THEN $right ELSE $left END
               WHEN min(side) OVER of_stack = max(side) OVER of_stack
                   THEN 'the whole stack is only in ' || env
               WHEN bool_or(status <> 'ok') OVER of_stack
                   THEN 'not compared: the state of '
                        || min(CASE WHEN status <> 'ok' THEN env END) OVER of_stack || ' is '
                        || min(CASE WHEN status <> 'ok' THEN status END) OVER of_stack
           END AS finding
    FROM named
    WHERE coalesce(labelled, CASE WHEN name ~ in_name THEN env END) = env
      AND strpos(stack, $stack) > 0
    WINDOW of_stack AS (PARTITION BY stack)
), counted AS (
    SELECT s.stack, s.finding, i.config_address AS resource, i.type,
           count(i.address) FILTER (WHERE s.side = 'left') AS in_left,
           count(i.address) FILTER (WHERE s.side = 'right') AS in_right
    FROM stacks s
    LEFT JOIN instances i ON i.state_id = s.id AND s.finding IS NULL
                             AND i.mode = 'managed' AND i.deposed IS NULL
    GROUP BY s.stack, s.finding, i.config_address, i.type
)
SELECT stack, resource, type,
       CASE WHEN finding IS NULL THEN in_left END AS in_left,
       CASE WHEN finding IS NULL THEN in_right END AS in_right,
       CASE
           WHEN finding IS NOT NULL THEN finding
           WHEN in_right = 0 THEN 'only in ' || $left
           WHEN in_left = 0 THEN 'only in ' || $right
           ELSE 'other number'
       END AS finding
FROM counted
WHERE finding IS NOT NULL OR in_left <> in_right
ORDER BY stack, resource NULLS FIRST
