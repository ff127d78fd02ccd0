-- title: Dependencies between states
-- answers: Which state depends on which, by how many instances, and does it say so?
-- param: producer state = : only what depends on this state
-- action: Tell a producer's team who depends on it. Where declared is false no data source reads the
--     producer: ids were copied by hand or looked up, and an output would show the dependency to both.
SELECT coalesce(producer_state, '(not loaded)') AS producer, state AS consumer,
       count(DISTINCT address) AS instances,
       count(DISTINCT producer_output) AS outputs,
       bool_or(kind = 'remote_state') AS declared
FROM cross_workspace_dependencies
WHERE $producer = '' OR producer_state = $producer
GROUP BY producer_state, state
ORDER BY instances DESC, producer, consumer
