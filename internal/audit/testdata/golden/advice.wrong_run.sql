the runs were changed by something else than a load: let them agree with themselves:
INSERT INTO mnaflow.run_states
WITH
    multiIf(
        r.exit_code = 0 AND r.failed = 0, 'done',
        r.exit_code IN (0, 3), 'partial',
        r.exit_code = 4, 'denied',
        r.exit_code = 130, 'interrupted',
        'failed') AS s,
    transform(s, ['done', 'partial', 'denied', 'interrupted'], [0, 3, 4, 130], if(r.exit_code = 5, 5, 1)) AS x
SELECT r.* REPLACE (
    s AS state,
    x AS exit_code,
    coalesce(r.finished_at, toDateTime64(r.written_at, 3)) AS finished_at,
    r.written_at + toIntervalMicrosecond(1) AS written_at
)
FROM mnaflow.run_states AS r FINAL
WHERE if(
    r.state = 'running',
    r.finished_at IS NOT NULL OR r.exit_code != 0,
    (r.state, r.exit_code) != (s, x) OR r.finished_at IS NULL)
