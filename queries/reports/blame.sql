-- title: Who changed what last
-- answers: Which version, author and commit changed each instance last?
-- param: state state = : the state; without it all
-- action: Ask the author, or read the commit; sgq history ADDRESS tells what happened before.
SELECT recorded_at, version, author, substr(commit, 1, 12) AS commit, action, state, address, message
FROM blame
WHERE $state = '' OR state = $state
ORDER BY state, address
