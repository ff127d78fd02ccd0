-- about: One row per instance of the states as they are: the version that last changed it, and by whom.
-- column: state_id text : The state's id, as in states.id.
-- column: state text : The state's name, as in states.name.
-- column: address text : The instance.
-- column: type text : Its resource type.
-- column: deposed text : The key of a deposed object, as in instances.deposed.
-- column: action text : What happened to it then, as in history.action; NULL where it was so when what is
--     known begins.
-- column: version bigint : The version that has it so first, as in state_versions.version.
-- column: serial bigint : The serial that Terraform gave the version.
-- column: recorded_at timestamptz : When that was recorded.
-- column: author text : Who recorded it; NULL where that is not known.
-- column: commit text : The commit that recorded it.
-- column: message text : The first line of that commit's message.
-- column: code_commit text : The commit of the configuration it was made from, as in code_changes.commit.
-- column: commit_confidence text : How that is known, as in history.commit_confidence.
SELECT i.state_id, i.state, i.address, i.type, i.deposed, h.action, i.version_from AS version,
       v.serial, v.recorded_at, v.author, v.commit, v.message, v.code_commit, v.commit_confidence
FROM instances_history i
JOIN state_versions v ON v.state_id = i.state_id AND v.version = i.version_from
LEFT JOIN history h
       ON h.state_id = i.state_id AND h.version = i.version_from AND h.address = i.address
      AND coalesce(h.deposed, '') = coalesce(i.deposed, '') AND h.action NOT IN ('delete', 'forget')
WHERE i.version_to IS NULL
