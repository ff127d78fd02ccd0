-- title: Load errors
-- answers: Which documents could not be read, so that every other answer lacks them?
-- action: Do what the message says; every other report is incomplete until then.
SELECT source, uri, kind, message
FROM load_errors
ORDER BY source, uri
