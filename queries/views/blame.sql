-- about: One row per instance of the states as they are: the version that last changed it, and by whom.
-- column: state_id text : The state's id, as in states.id.
-- column: state text : The state's name, as in states.name.
-- column: address text : The instance.
-- column: type text : Its resource type.
-- column: deposed text : The key of a deposed object, as in instances.deposed.
-- column: action text : What happened to it last, as in history.action.
-- column: version bigint : The version that has it so first, as in state_versions.version.
-- column: serial bigint : The serial that Terraform gave the version.
-- column: recorded_at timestamptz : When that was recorded.
-- column: author text : Who recorded it; NULL where that is not known.
-- column: commit text : The commit that recorded it.
-- column: message text : The first line of that commit's message.
-- column: code_commit text : The commit of the configuration it was made from, as in code_changes.commit.
-- column: commit_confidence text : How that is known, as in history.commit_confidence.
SELECT state_id, state, address, type, deposed, action, version, serial, recorded_at,
       author, commit, message, code_commit, commit_confidence
FROM (
    SELECT *, row_number() OVER (PARTITION BY state_id, address, deposed ORDER BY version DESC) AS nth
    FROM history
) last
-- What left since is nobody's.
WHERE nth = 1 AND action NOT IN ('delete', 'forget') AND new_address IS NULL
