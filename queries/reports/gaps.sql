-- title: Gaps
-- answers: Which real objects does no state manage, and which managed ones does an inventory lack?
-- table: inventory : what exists by its id (an arn, id, self link or name) and type
-- param: matches text = : resource types that stand for types of the inventory, as in
--     AWS::EC2::VPC=aws_vpc,AWS::EC2::Subnet=aws_subnet
-- action: Import what is unmanaged, or delete it; find out who removed what is missing, and remove it
--     from its state or apply it again.

-- Ids are compared without the host that names and links of Google Cloud begin with, and those of
-- Azure in small letters, since its services write them in either.
WITH matched AS (
    SELECT DISTINCT split_part(pair, '=', 1) AS listed, split_part(pair, '=', 2) AS resource
    FROM (SELECT unnest(string_to_array($matches, ',')) AS pair) AS pairs
), kinds AS (
    SELECT i.id, i.type, m.resource,
           -- The last word of the type: VPC of AWS::EC2::VPC.
           replace(regexp_replace(lower(i.type), '^.*[:/]', ''), '_', '') AS word,
           CASE WHEN lower(i.id) LIKE '/subscriptions/%' THEN lower(i.id)
                ELSE regexp_replace(i.id, '^(https?:)?//[^/]*googleapis\.com/(storage/v1/b/|([a-z]+/)?v[0-9][a-z0-9]*/)?', '')
           END AS key
    FROM (SELECT DISTINCT id, type FROM inventory WHERE id <> '') AS i
    LEFT JOIN matched AS m ON m.listed = i.type
), listed AS (
    SELECT id, type, resource, word, key, type IS NULL AS is_name FROM kinds
    -- Not every state tells an ARN; the id is its last part.
    UNION ALL
    SELECT id, type, resource, word, regexp_replace(id, '^arn:.*[:/]', ''), false FROM kinds WHERE id LIKE 'arn:%'
), owned AS (
    SELECT state, address, deposed, type, attribute, identity, reach, replace(type, '_', '') AS letters,
           CASE WHEN lower(identity) LIKE '/subscriptions/%' THEN lower(identity)
                ELSE regexp_replace(identity, '^(https?:)?//[^/]*googleapis\.com/(storage/v1/b/|([a-z]+/)?v[0-9][a-z0-9]*/)?', '')
           END AS key
    FROM identities
    WHERE reach <> 'borrowed'
), joined AS (
    -- A name that someone chose counts only where the types can be the same.
    SELECT l.id, l.type AS listed_as, o.state, o.address, o.deposed, o.type, o.attribute, o.identity
    FROM listed AS l
    FULL JOIN owned AS o
        ON l.key = o.key
        AND (o.reach = 'world' OR l.is_name OR l.resource = o.type
             OR o.letters LIKE '%' || l.word OR o.letters LIKE '%' || rtrim(l.word, 's'))
), told AS (
    SELECT *,
           bool_or(id IS NOT NULL) OVER of_object AS is_listed,
           bool_or(state IS NOT NULL) OVER of_listed AS is_managed,
           max(CASE WHEN attribute = 'arn' THEN identity END) OVER of_object AS arn,
           min(identity) OVER of_object AS any_id,
           -- A resource type is covered where the inventory has one of its objects.
           bool_or(id IS NOT NULL AND state IS NOT NULL) OVER of_type AS is_covered,
           min(CASE WHEN state IS NOT NULL THEN listed_as END) OVER of_type AS covered_as,
           -- Where an object lies; one without an ARN, where all of its state do.
           coalesce(max(scope) OVER of_object,
                    CASE WHEN min(scope) OVER of_state = max(scope) OVER of_state
                         THEN max(scope) OVER of_state END) AS lies_in
    FROM (SELECT *, CASE WHEN attribute = 'arn' AND split_part(identity, ':', 4) <> ''
                         THEN split_part(identity, ':', 4) || ':' || split_part(identity, ':', 5) END AS scope
          FROM joined) AS joined
    WINDOW of_object AS (PARTITION BY state, address, deposed), of_type AS (PARTITION BY type),
           of_listed AS (PARTITION BY id, listed_as), of_state AS (PARTITION BY state)
), covered AS (
    -- It is, too, where its name is that of a type of the inventory, or it was said so.
    SELECT resource AS type, min(listed) AS listed
    FROM (SELECT resource, listed FROM matched
          UNION ALL SELECT lower(replace(type, '::', '_')), type FROM inventory) AS known
    GROUP BY resource
), scopes AS (
    -- The regions and accounts that an inventory of ARNs tells of.
    SELECT DISTINCT split_part(id, ':', 4) || ':' || split_part(id, ':', 5) AS scope
    FROM inventory WHERE id LIKE 'arn:%'
), objects AS (
    SELECT DISTINCT
           CASE WHEN t.state IS NULL THEN 'unmanaged'
                WHEN t.id IS NOT NULL THEN 'managed'
                ELSE 'missing' END AS status,
           CASE WHEN t.id IS NOT NULL THEN coalesce(t.listed_as, t.type)
                ELSE coalesce(t.covered_as, c.listed, t.type) END AS type,
           coalesce(t.id, t.arn, t.any_id) AS id,
           t.state, t.address
    FROM told AS t
    LEFT JOIN covered AS c ON c.type = t.type
    LEFT JOIN scopes AS s ON s.scope = t.lies_in
    CROSS JOIN (SELECT count(*) AS scopes FROM scopes) AS n
    WHERE t.id IS NOT NULL AND (t.state IS NOT NULL OR NOT t.is_managed)
       OR t.id IS NULL AND NOT t.is_listed
          AND (t.is_covered OR c.type IS NOT NULL)
          AND (n.scopes = 0 OR t.lies_in IS NULL OR s.scope IS NOT NULL)
)
SELECT status, type, id, state, address
FROM objects
ORDER BY CASE status WHEN 'unmanaged' THEN 1 WHEN 'missing' THEN 2 ELSE 3 END, type, id, state, address
