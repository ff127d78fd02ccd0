-- title: Duplicate ownership
-- answers: Which real objects do two states both manage?
-- action: Keep the object in one state: terraform state rm in the other, or a removed block with
--     destroy = false. Until then each apply may undo the other's.

-- The table has each pair from both sides.
SELECT type, identity, state, address, other_state, other_address
FROM duplicate_ownership
WHERE state < other_state OR state = other_state AND address < other_address
ORDER BY type, identity, state, other_state
