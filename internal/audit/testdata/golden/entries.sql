-- Turns verdicts into results: one row for each bucket that failed, and one for all others of a series with the same
-- verdict and words.
--
-- The columns of a verdict: the five names of a series, empty if they do not apply; begin; ended, or 1970 for the end
-- of the bucket that starts at begin; compared, verdict, lhs, rhs, words; and n, the number of compared buckets.
INSERT INTO check_results
(
    verify_id, checked_at, check_name, state, account, granularity, access_region, gateway_type, traffic_type,
    range_begin, range_end, compared, compared_buckets, left_figure, right_figure, difference, detail
)
SELECT
    {verify_id:UUID},
    fromUnixTimestamp64Milli({checked_at:Int64}, 'UTC'),
    {check:String},
    verdict,
    r.account, granularity, access_region, gateway_type, traffic_type,
    first_begin,
    multiIf(
        last_ended > toDateTime(0, 'UTC'), last_ended,
        granularity = 'hourly', last_begin + 3600,
        d.day_end > toDateTime(0, 'UTC'), d.day_end,
        last_begin + 86400),
    compared, buckets, sum_lhs, sum_rhs, sum_lhs - sum_rhs, words
FROM
(
    SELECT
        account, granularity, access_region, gateway_type, traffic_type, compared, verdict, words,
        min(begin) AS first_begin,
        max(begin) AS last_begin,
        max(ended) AS last_ended,
        sum(n) AS buckets,
        sum(lhs) AS sum_lhs,
        sum(rhs) AS sum_rhs
    FROM
    (
-- All rows of a series with one version come from one answer: they have the version of an accepted ledger entry whose
-- window contains them, and its origin: its request, its run and its time. Facts are final as that answer says.
--
-- A load writes history, facts and then their entry. So while a load runs, rows may lack an entry for a moment: they
-- are pending. After a load was killed facts lack it until a run loads them again: they fail, unless the API no
-- longer keeps them (unavailable), for then no run can load them again. History keeps what a killed load wrote, and
-- nobody minds.
SELECT
    account, granularity, access_region, gateway_type, traffic_type,
    first AS begin,
    if(verdict = 'failed', last + 1, toDateTime(0, 'UTC')) AS ended,
    compared,
    verdict,
    toInt128(n) AS lhs,
    if(verdict = 'passed', toInt128(n), 0) AS rhs,
    words,
    n
FROM
(
    SELECT
        *,
        f.run AS run_id,
        found AND first >= entry_begin AND last < entry_end AS entered,
        state = 'running' AS loading,
        state = 'lost' AS killed,
        state IN ('done', 'partial', 'denied') AS finished, -- it has written all that it began to write
        entered AND (granularity = 'hourly' OR f.zone = l.zone) AS comparable,
        -- Times in the future are those of future.sql.
        times = (l.time, l.time) OR greatest(times.2, l.time) > now64(3) + toIntervalMinute(10) AS same_time,
        requests = (l.request, l.request) AND runs = (l.run, l.run) AND same_time AS same_origin,
        (open_n = 0 OR first_open >= l.final_before) AND (final_n = 0 OR last_final < l.final_before) AS same_finality,
        runs.1 IN (SELECT run_id FROM run_states) AND runs.2 IN (SELECT run_id FROM run_states) AS known,
        (l.request = '' AND requests.2 != ''
            OR l.run NOT IN (SELECT run_id FROM run_states) AND runs.2 IN (SELECT run_id FROM run_states)
            OR abs(toUnixTimestamp64Micro(toDateTime64(l.time, 6)) - toInt64(version))
                > abs(toUnixTimestamp64Micro(toDateTime64(times.1, 6)) - toInt64(version)) + 3600000000) AS ledger_is_wrong,
        -- (compared, verdict, words)
        arrayJoin(arrayFilter(c -> c.1 != '', [
            if(source = 'facts',
                (
                    'facts = facts of accepted answers',
                    multiIf(
                        entered, 'passed',
                        loading, 'pending',
                        first >= refused_begin AND last < refused_end AND killed, 'passed',
                        killed AND NOT c.configured, 'skipped',
                        'failed'),
                    multiIf(
                        entered OR first >= refused_begin AND last < refused_end AND killed, '',
                        loading, 'their load is under way',
                        killed AND NOT c.configured,
                        'their load was killed, and the configuration does not extract them any more',
                        killed,
                        concat('no answer that the ledger has covers them, since their load was killed: ',
                            'mnaflow run loads them again if they are due, else mnaflow backfill --force'),
                        accepted_end > toDateTime(0, 'UTC') AND last >= accepted_end,
                        concat('no answer that the ledger has covers them',
                            ': load them again with mnaflow backfill --force', {remove_young:String}),
                        concat('no answer that the ledger has covers them', ': load them again with mnaflow backfill --force'))
                ),
                (
                    if(entered, '', 'history = history of accepted answers'),
                    multiIf(loading, 'pending', finished, 'failed', 'passed'),
                    multiIf(
                        loading, 'their load is under way',
                        finished, {lost_entries:String},
                        '')
                )),
            if(NOT comparable, ('', '', ''),
                (
                    concat('origin of ', source, ' = that of their answer'),
                    if(same_origin, 'passed', 'failed'),
                    multiIf(
                        same_origin, '',
                        ledger_is_wrong AND source = 'facts', {origin_of_ledger_by_facts:String},
                        ledger_is_wrong, {origin_of_ledger_by_history:String},
                        source = 'facts', {origin_of_facts:String},
                        {origin_of_history:String})
                )),
            (
                concat('runs of ', source, ' = runs that there are'),
                if(known, 'passed', 'failed'),
                if(known, '', {remake_runs:String})
            ),
            if(NOT comparable OR source != 'facts', ('', '', ''),
                (
                    'finality of facts = that of their answer',
                    multiIf(l.final_before IS NULL, 'skipped', same_finality, 'passed', 'failed'),
                    multiIf(
                        l.final_before IS NULL, 'the ledger does not say up to where the answer was final',
                        same_finality, '',
                        {finality_of_facts:String})
                ))
        ])) AS comparison,
        comparison.1 AS compared,
        comparison.2 AS verdict,
        comparison.3 AS words
    FROM
    (
        SELECT
            'facts' AS source,
            account, granularity, access_region, gateway_type, traffic_type, version,
            any(run_id) AS run,
            any(time_zone) AS zone,
            (min(request_id), max(request_id)) AS requests,
            (min(run_id), max(run_id)) AS runs,
            (min(extracted_at), max(extracted_at)) AS times,
            min(bucket) AS first,
            max(bucket) AS last,
            minIf(bucket, NOT is_final) AS first_open,
            maxIf(bucket, is_final) AS last_final,
            countIf(NOT is_final) AS open_n,
            countIf(is_final) AS final_n,
            count() AS n
        FROM facts FINAL
        WHERE (empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
    AND (empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
    AND (empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))
            AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
            AND (granularity = 'hourly' OR (account, time_zone) IN (SELECT account, argMax(time_zone, written_at) AS time_zone FROM series GROUP BY account))
        GROUP BY account, granularity, access_region, gateway_type, traffic_type, version
        UNION ALL
        SELECT
            'history' AS source,
            account, granularity, access_region, gateway_type, traffic_type, version,
            any(run_id) AS run,
            any(time_zone) AS zone,
            (min(request_id), max(request_id)) AS requests,
            (min(run_id), max(run_id)) AS runs,
            (min(observed_at), max(observed_at)) AS times,
            min(bucket) AS first,
            max(bucket) AS last,
            minIf(bucket, NOT was_final) AS first_open,
            maxIf(bucket, was_final) AS last_final,
            countIf(NOT was_final) AS open_n,
            countIf(was_final) AS final_n,
            count() AS n
        FROM history FINAL
        WHERE (empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
    AND (empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
    AND (empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))
            AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
            AND (granularity = 'hourly' OR (account, time_zone) IN (SELECT account, argMax(time_zone, written_at) AS time_zone FROM series GROUP BY account))
        GROUP BY account, granularity, access_region, gateway_type, traffic_type, version
    ) AS f
    LEFT JOIN
    (
        SELECT
            account, granularity, access_region, gateway_type, traffic_type, version,
            true AS found,
            min(window_begin) AS entry_begin,
            max(window_end) AS entry_end,
            any(time_zone) AS zone,
            any(run_id) AS run,
            any(request_id) AS request,
            any(sent_at) AS time,
            any(final_before) AS final_before
        FROM ledger FINAL
        WHERE state = 'accepted'
            AND version BETWEEN {oldest:UInt64} AND {newest:UInt64}
            AND window_begin < {to:DateTime('UTC')} AND window_end > {from:DateTime('UTC')}
            AND (empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
    AND (empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
    AND (empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))
        GROUP BY account, granularity, access_region, gateway_type, traffic_type, version
    ) AS l USING (account, granularity, access_region, gateway_type, traffic_type, version)
    LEFT JOIN
    (
        SELECT
            account, granularity, access_region, gateway_type, traffic_type,
            minIf(window_begin, state = 'unavailable') AS refused_begin,
            maxIf(window_end, state = 'unavailable') AS refused_end,
            maxIf(window_end, state = 'accepted') AS accepted_end
        FROM ledger
        WHERE (empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
    AND (empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
    AND (empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))
        GROUP BY account, granularity, access_region, gateway_type, traffic_type
        SETTINGS optimize_aggregation_in_order = 1 -- the ledger is sorted by these; else it takes twenty times as long
    ) AS r USING (account, granularity, access_region, gateway_type, traffic_type)
    LEFT JOIN (SELECT account, granularity, access_region, gateway_type, traffic_type, configured FROM series FINAL) AS c USING (account, granularity, access_region, gateway_type, traffic_type)
    LEFT JOIN (SELECT run_id AS id, state FROM mnaflow.runs) AS of_run ON f.run = of_run.id
)
    )
    GROUP BY
        account, granularity, access_region, gateway_type, traffic_type, compared, verdict, words,
        if(verdict = 'failed', begin, toDateTime(0, 'UTC'))
) AS r
LEFT JOIN (
    SELECT account, time_zone, day, day_begin, day_end
    FROM (SELECT time_zone, day, day_begin, day_end FROM days FINAL) AS d
    INNER JOIN (SELECT account, argMax(time_zone, written_at) AS time_zone FROM series GROUP BY account) AS z USING (time_zone)
) AS d ON d.account = r.account AND d.day_begin = r.last_begin
