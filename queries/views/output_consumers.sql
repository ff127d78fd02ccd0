-- about: One row per root output and instance of another state that reads it, or one without a reader.
-- column: state_id text : The state of the output, as in states.id.
-- column: state text : Its name, as in states.name.
-- column: output text : The output's name.
-- column: sensitive boolean : Whether it is marked as sensitive.
-- column: consumer_state_id text : The state that reads it; NULL where none is seen to.
-- column: consumer_state text : That state's name.
-- column: consumer_address text : The instance that holds the output's value.
-- column: consumer_type text : That one's resource type.
-- column: via text : The consumer's attribute that holds the value.
-- column: data_source text : The data source that copied the output, in the consumer's state.
SELECT o.state_id, o.state, o.name AS output, o.sensitive,
       c.state_id AS consumer_state_id, c.state AS consumer_state, c.address AS consumer_address,
       c.type AS consumer_type, c.via, c.data_source
FROM outputs o
LEFT JOIN cross_workspace_dependencies c
    ON c.kind = 'remote_state' AND c.producer_state_id = o.state_id AND c.producer_output = o.name
