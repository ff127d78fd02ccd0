-- title: Dependency hotspots
-- answers: Which instances do most others of their state depend on, directly or through others?
-- param: most integer = 20 : how many instances
-- action: Change these with care, in a plan of their own; think of a state of their own for those
--     that hold most of a state up.

-- A state records for each instance all it depends on, also through others.
WITH counted AS (
    SELECT state_id, state, depends_on_address AS address, count(DISTINCT address) AS dependents
    FROM dependencies
    GROUP BY state_id, state, depends_on_address
)
SELECT c.state, c.address, i.type, c.dependents,
       round(100.0 * c.dependents / s.instance_count)::bigint AS percent_of_state
FROM counted c
JOIN states s ON s.id = c.state_id
JOIN instances i ON i.state_id = c.state_id AND i.address = c.address
WHERE i.mode = 'managed' AND i.deposed IS NULL
ORDER BY c.dependents DESC, c.state, c.address
LIMIT $most
