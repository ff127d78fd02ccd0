-- title: Untagged resources
-- answers: Which resources that can have tags or labels lack one that is required?
-- param: keys text[] = Owner|owner|Team|team : the keys that are required; | stands between several
--     of which one is enough
-- action: Add the tag where the resource is defined, or to the provider's default_tags or
--     default_labels.

-- What can be tagged tells so by having tags or labels, be they empty. Lists of words, as those of
-- network tags, have no keys; what is hidden is unknown.
WITH given AS (
    SELECT state, address, type, attributes,
           jsonb_typeof(attributes->'tags_all') AS tags_all,
           jsonb_typeof(attributes->'effective_labels') AS effective_labels,
           jsonb_typeof(attributes->'tags') AS tags,
           jsonb_typeof(attributes->'labels') AS labels,
           CASE type WHEN 'aws_autoscaling_group' THEN jsonb_typeof(attributes->'tag') END AS tag
    FROM instances
    WHERE mode = 'managed' AND deposed IS NULL
      AND (attributes ?| ARRAY['tags', 'tags_all', 'labels', 'effective_labels']
           OR type = 'aws_autoscaling_group' AND attributes ? 'tag')
), taggable AS (
    SELECT state, address, type,
           CASE
               WHEN 'string' IN (tags_all, effective_labels, tags, labels, tag) THEN NULL
               WHEN tags_all = 'object' THEN attributes->'tags_all'
               WHEN effective_labels = 'object' THEN attributes->'effective_labels'
               WHEN tags = 'object' THEN attributes->'tags'
               WHEN labels = 'object' THEN attributes->'labels'
               -- [{"key": "Owner", "value": "x"}] and [{"label": "Owner", "value": "x"}] become ["Owner"].
               WHEN tag = 'array' OR attributes->'tags'->0 ? 'key' OR attributes->'labels'->0 ? 'label' THEN
                   regexp_replace(
                       concat(CASE WHEN tag = 'array' THEN attributes->'tag'
                                   WHEN tags = 'array' THEN attributes->'tags'
                                   ELSE attributes->'labels' END),
                       '\{(?:"(?:[^"\\]|\\.)*"|[^"{}])*?"(?:key|label)":\s*("(?:[^"\\]|\\.)*")(?:"(?:[^"\\]|\\.)*"|[^"{}])*\}',
                       '\1', 'g')
               -- ["owner:x"] becomes ["owner"].
               WHEN attributes->'tags'->>0 LIKE '%:%' THEN
                   regexp_replace(concat(attributes->'tags'), '"([^":\\]+):(?:[^"\\]|\\.)*"', '"\1"', 'g')
               WHEN 'null' IN (tags_all, effective_labels, tags, labels) THEN '{}'
           END AS keys
    FROM given
), lacking AS (
    SELECT t.state, t.address, t.type, key
    FROM taggable t, unnest($keys) AS key
    WHERE NOT t.keys::jsonb ?| string_to_array(key, '|')
)
SELECT state, address, type, string_agg(key, ', ' ORDER BY key) AS lacks
FROM lacking
GROUP BY state, address, type
ORDER BY state, address
