-- Each fact has the value that history has for its version: that of the newest history row up to it.
--
-- A difference is pending if two loads ran at the same time. Example: A and B both find 5 in history. A stores 7. Then
-- B stores 5, from a later request, and adds no row to history, for it saw no change. History says 7 and the fact 5
-- until the next load of the bucket completes history; flow_revisions shows the change to 5 before that.
SELECT
    {{template "names"}},
    bucket AS begin,
    toDateTime(0, 'UTC') AS ended,
    'the fact = the last of its history' AS compared,
    multiIf(
        found AND (f.reported, f.bytes) = (h_reported, h_bytes), 'passed',
        run_id IN {{template "underway"}} OR found AND run_id IN {{template "overlapping"}}, 'pending',
        'failed') AS verdict,
    toInt128(f.bytes) AS lhs,
    if(found, toInt128(h_bytes), NULL) AS rhs,
    multiIf(
        verdict = 'passed', '',
        verdict = 'pending', concat('two loads at the same time, or one that is under way; ',
            'the next load of the bucket completes its history'),
        NOT found, concat('history has nothing of it', {{template "again"}}),
        concat('the value was changed by something else than a load: ',
            'load it again with mnaflow backfill --force')) AS words,
    1 AS n
FROM {{template "chosen_facts"}} AS f
ASOF LEFT JOIN
(
    SELECT {{template "names"}}, bucket, version, reported AS h_reported, bytes AS h_bytes, true AS found
    FROM history FINAL
    WHERE {{template "chosen"}}
        AND {{template "in_range"}}
        AND {{template "present_zone"}}
) AS h
    ON f.account = h.account
    AND f.granularity = h.granularity
    AND f.access_region = h.access_region
    AND f.gateway_type = h.gateway_type
    AND f.traffic_type = h.traffic_type
    AND f.bucket = h.bucket
    AND f.version >= h.version
