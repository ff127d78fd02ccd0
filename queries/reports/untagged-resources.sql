-- title: Untagged resources
-- answers: Which resources that can have tags or labels lack one that is required?
-- param: keys text[] = Owner|owner|Team|team : the keys that are required; | stands between several
--     of which one is enough
-- action: Add the tag where the resource is defined, or to the provider's default_tags or
--     default_labels.

-- What can be tagged tells so by having tags or labels, be they empty.
WITH taggable AS (
    SELECT state, address, type,
           CASE
               WHEN attributes ? 'tags_all' THEN attributes->'tags_all'
               WHEN attributes ? 'effective_labels' THEN attributes->'effective_labels'
               WHEN attributes ? 'tags' THEN attributes->'tags'
               ELSE attributes->'labels'
           END AS tags
    FROM instances
    WHERE mode = 'managed' AND deposed IS NULL
      AND attributes ?| ARRAY['tags', 'tags_all', 'labels', 'effective_labels']
), lacking AS (
    SELECT t.state, t.address, t.type, key
    FROM taggable t, unnest($keys) AS key
    WHERE NOT coalesce(t.tags ?| string_to_array(key, '|'), false)
)
SELECT state, address, type, string_agg(key, ', ' ORDER BY key) AS lacks
FROM lacking
GROUP BY state, address, type
ORDER BY state, address
