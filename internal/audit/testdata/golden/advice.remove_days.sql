ALTER TABLE mnaflow.facts DELETE
WHERE granularity = 'daily' AND (time_zone, bucket) NOT IN (SELECT time_zone, day_begin FROM mnaflow.days)
SETTINGS mutations_sync = 2;
ALTER TABLE mnaflow.history DELETE
WHERE granularity = 'daily' AND (time_zone, bucket) NOT IN (SELECT time_zone, day_begin FROM mnaflow.days)
SETTINGS mutations_sync = 2
