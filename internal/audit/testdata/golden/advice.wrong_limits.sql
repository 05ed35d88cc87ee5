they were changed by something else than a load, or a clock was ahead: remove them, the next load finds them again:
ALTER TABLE mnaflow.limits DELETE
WHERE shortest_refused > 0 AND shortest_refused <= longest_answered
    OR greatest(learned_at, written_at) > now64(6) + toIntervalMinute(10)
SETTINGS mutations_sync = 2
