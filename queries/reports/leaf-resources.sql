-- title: Leaf resources
-- answers: Which managed instances does nothing depend on, in their own state or in another?
-- param: type text = : only instances of this type
-- action: These can be removed first when a state is taken down. Look for those that nobody uses at
--     all: what is not in any state may still need them.
SELECT i.state, i.address, i.type
FROM instances i
LEFT JOIN (SELECT DISTINCT state_id, depends_on_address FROM dependencies) AS d
    ON d.state_id = i.state_id AND d.depends_on_address = i.address
LEFT JOIN (SELECT DISTINCT producer_state_id, producer_address FROM cross_workspace_dependencies) AS c
    ON c.producer_state_id = i.state_id AND c.producer_address = i.address
WHERE i.mode = 'managed' AND i.deposed IS NULL
  AND d.state_id IS NULL AND c.producer_state_id IS NULL
  AND ($type = '' OR i.type = $type)
ORDER BY i.state, i.address
