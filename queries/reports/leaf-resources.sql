-- title: Leaf resources
-- answers: Which managed instances does nothing else in their state depend on?
-- param: type text = : only instances of this type
-- action: These can be removed first when a state is taken down. Look for those that nobody uses at
--     all: other states may still read them.
SELECT i.state, i.address, i.type
FROM instances i
LEFT JOIN (SELECT DISTINCT state_id, depends_on_address FROM dependencies) AS d
    ON d.state_id = i.state_id AND d.depends_on_address = i.address
WHERE i.mode = 'managed' AND i.deposed IS NULL AND d.state_id IS NULL
  AND ($type = '' OR i.type = $type)
ORDER BY i.state, i.address
