ALTER TABLE mnaflow.facts DELETE
WHERE granularity = 'hourly' AND toStartOfHour(bucket) != bucket
SETTINGS mutations_sync = 2;
ALTER TABLE mnaflow.history DELETE
WHERE granularity = 'hourly' AND toStartOfHour(bucket) != bucket
SETTINGS mutations_sync = 2
