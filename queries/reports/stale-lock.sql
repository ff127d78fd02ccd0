-- title: Stale locks
-- answers: Which states has somebody held for so long that nobody may be at work there any more?
-- param: hours number = 1 : how long a lock may be held
-- param: idle_minutes number = 30 : how long the session that holds an advisory lock may do nothing
-- action: Ask who holds it. If nobody does any more, run terraform force-unlock with the id; of an advisory
--     lock, end the session with SELECT pg_terminate_backend(pid).

-- Terraform writes a state again and again while it applies: a session that does nothing waits for one
-- provider for long, or belongs to nobody.
SELECT state, kind, id, operation, who, since, idle_since, pid, client_addr, application_name, path
FROM locks
WHERE extract(epoch FROM now()) - extract(epoch FROM since) > $hours * 3600
   OR extract(epoch FROM now()) - extract(epoch FROM idle_since) > $idle_minutes * 60
ORDER BY since, state, path
