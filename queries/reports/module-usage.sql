-- title: Module usage
-- answers: Which module calls are there, how many instances has each, and in which states?
-- param: depth integer = 1 : how many calls deep at most; 0 for all
-- action: Compare the states that call a module with those that build the same by hand.
SELECT module, state_count, module_instance_count, resource_count, instance_count, states
FROM module_usage
WHERE $depth = 0 OR array_length(string_to_array('.' || module, '.module.'), 1) - 1 <= $depth
ORDER BY state_count DESC, module
