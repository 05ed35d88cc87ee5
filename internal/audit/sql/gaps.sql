-- Fails each gap: buckets that no accepted answer covers. A gap is pending if its first bucket ends after the promised
-- instant: the next run still has time to load it. The end is an hour after the start, or a day of up to 25 hours.
SELECT
    account, granularity, access_region, gateway_type, traffic_type,
    segment_begin AS begin,
    segment_end AS ended,
    'covered and unavailable buckets = expected buckets' AS compared,
    multiIf(
        state != 'gap', 'failed',
        granularity = 'hourly' AND segment_begin + 3600 > {promised_hourly:DateTime('UTC')}, 'pending',
        granularity = 'daily' AND segment_begin + 90000 > {promised_daily:DateTime('UTC')}, 'pending',
        'failed') AS verdict,
    toInt128(0) AS lhs,
    toInt128(n) AS rhs,
    if(verdict = 'pending', 'settled since the last answer; the next run loads it',
        concat(reason, if(state = 'gap', ': mnaflow run loads it',
            ': mnaflow run asks for it when it is due, mnaflow backfill --force at once'))) AS words,
    -- Days last 22 to 26 hours, so that rounding counts them exactly.
    toUInt64(round(dateDiff('second', segment_begin, segment_end) / if(granularity = 'hourly', 3600, 86400))) AS n
FROM mnaflow.uncovered
WHERE state != 'unavailable'
    AND {{template "chosen"}}
    AND segment_begin < {to:DateTime('UTC')}
    AND segment_end > {from:DateTime('UTC')}
    AND (account, granularity, access_region, gateway_type, traffic_type) IN
        (
            SELECT account, granularity, access_region, gateway_type, traffic_type
            FROM series FINAL
            WHERE {{template "wanted"}}
        )
