-- title: Change risk
-- answers: What does a plan change, what depends on that in any state, and how much can break?
-- param: risk high|medium|low|all = all : only changes of this risk
-- action: Look at the high ones before you approve the plan. High is to destroy what another state or at
--     least 10 instances depend on, to destroy what is in a state that is not known, and to remove an
--     output that another state reads; medium, to destroy anything else, or to change what another
--     state depends on or reads; low is the rest.
SELECT risk, action, address, state, destroys, dependents, cardinality(dependent_states) AS states,
       array_to_string(read_by, ', ') AS read_by, reason, split_part(plan_uri, '/', -1) AS plan
FROM change_risk
WHERE $risk = 'all' OR risk = $risk
ORDER BY CASE risk WHEN 'high' THEN 1 WHEN 'medium' THEN 2 ELSE 3 END, dependents DESC NULLS FIRST,
         state, address, deposed NULLS FIRST, plan_uri
