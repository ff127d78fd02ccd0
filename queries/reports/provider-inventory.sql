-- title: Provider inventory
-- answers: Which providers are in use, by how many instances, and in which states?
-- action: Ask for a review of providers that nobody chose on purpose, and of two addresses for one
--     provider: a state does not record versions, the lock files do.
SELECT name, provider, state_count, resource_count, instance_count, states
FROM provider_usage
ORDER BY instance_count DESC, provider
