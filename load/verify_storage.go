package load

import "strings"

var storage = strings.NewReplacer("%CHOSEN", chosenSeries, "%RANGE", inRange, "%ZONE", presentZone, "%SERIES", "account, granularity, access_region, gateway_type, traffic_type",
	"%UNDERWAY", "(SELECT run_id FROM mnaflow.runs WHERE state = 'running')", "%OVERLAPPING", overlappingSQL)

// overlappingSQL: the runs during which another one ran. One that lives has no end yet, and a lost one ended when it
// was last heard of.
const overlappingSQL = `
        (
            SELECT run_id
            FROM
            (
                SELECT run_id, started_at,
                    toDateTime64('2299-12-31 00:00:00', 3, 'UTC') AS never,
                    coalesce(finished_at, never) AS ended,
                    max(ended) OVER
                        (ORDER BY started_at, run_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS others_ended,
                    leadInFrame(started_at, 1, never) OVER
                        (ORDER BY started_at, run_id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_started
                FROM mnaflow.runs
            )
            WHERE started_at <= others_ended OR next_started <= ended
        )`

// calendarSQL: each bucket starts where one starts, and carries its date. Facts older than the table of days are not compared.
var calendarSQL = storage.Replace(`
    SELECT f.account AS account, granularity, access_region, gateway_type, traffic_type, bucket AS begin, if(verdict = 'failed', bucket + 1, toDateTime(0, 'UTC')) AS ended,
        'the bucket = a bucket of the calendar' AS compared,
        if(f.day = d.day AND if(granularity = 'hourly', toStartOfHour(bucket) = bucket, bucket = d.day_begin), 'passed', 'failed') AS verdict,
        NULL AS lhs, NULL AS rhs,
        multiIf(verdict = 'passed', '', f.day != d.day, 'the row has the date of another day', granularity = 'hourly', 'no hour starts there', 'no day starts there') AS words, 1 AS n
    FROM (SELECT * FROM facts FINAL WHERE %CHOSEN AND %RANGE AND %ZONE) AS f
    ASOF INNER JOIN
    ` + accountDays + ` AS d ON f.account = d.account AND f.bucket >= d.day_begin
    WHERE f.bucket < d.day_end`)

// explainedSQL: the newest value in history up to a fact's version is the fact's. Two loads at the same time may each have looked before
// the other wrote; the next load of the bucket completes history, and flow_revisions shows the change anyway.
var explainedSQL = storage.Replace(`
    SELECT account, granularity, access_region, gateway_type, traffic_type, bucket AS begin, toDateTime(0, 'UTC') AS ended,
        'the fact = the last of its history' AS compared,
        multiIf(found AND (f.reported, f.bytes) = (h_reported, h_bytes), 'passed',
            run_id IN %UNDERWAY OR found AND run_id IN %OVERLAPPING, 'pending', 'failed') AS verdict,
        toInt128(f.bytes) AS lhs, if(found, toInt128(h_bytes), NULL) AS rhs,
        multiIf(verdict = 'passed', '', verdict = 'pending', 'two loads at the same time, or one that is under way; the next load of the bucket completes its history',
            NOT found, 'history has nothing of it', 'the value was changed by something else than a load: load it again with mnaflow backfill --force') AS words, 1 AS n
    FROM (SELECT * FROM facts FINAL WHERE %CHOSEN AND %RANGE AND %ZONE) AS f
    ASOF LEFT JOIN
    (
        SELECT account, granularity, access_region, gateway_type, traffic_type, bucket, version, reported AS h_reported, bytes AS h_bytes, true AS found
        FROM history FINAL WHERE %CHOSEN AND %RANGE AND %ZONE
    ) AS h ON f.account = h.account AND f.granularity = h.granularity AND f.access_region = h.access_region AND f.gateway_type = h.gateway_type
        AND f.traffic_type = h.traffic_type AND f.bucket = h.bucket AND f.version >= h.version`)

// entriesSQL: what is stored carries the version of an entry of the ledger whose window holds it. Facts are written
// before their entry, so a load that is under way leaves some without one for a while, and one that was killed until
// they are loaded again.
var entriesSQL = storage.Replace(`
    SELECT account, granularity, access_region, gateway_type, traffic_type, f.first AS begin, if(verdict = 'failed', f.last + 1, toDateTime(0, 'UTC')) AS ended,
        'facts = facts of accepted answers' AS compared,
        multiIf(f.first >= window_begin AND f.last < window_end, 'passed',
            run_id IN %UNDERWAY, 'pending',
            f.first >= refused_begin AND f.last < refused_end AND run_id IN (SELECT run_id FROM mnaflow.runs WHERE state = 'lost'), 'passed',
            'failed') AS verdict,
        toInt128(n) AS lhs, if(verdict = 'passed', toInt128(n), 0) AS rhs,
        multiIf(verdict = 'passed', '', verdict = 'pending', 'their load is under way',
            run_id IN (SELECT run_id FROM mnaflow.runs WHERE state = 'lost'),
            concat('no answer that the ledger has covers them, since their load was killed: ',
                'mnaflow run loads them again if they are due, else mnaflow backfill --force'),
            'no answer that the ledger has covers them: load them again with mnaflow backfill --force') AS words, f.n AS n
    FROM
    (
        SELECT %SERIES, version, any(run_id) AS run_id, min(bucket) AS first, max(bucket) AS last, count() AS n
        FROM facts FINAL WHERE %CHOSEN AND %RANGE AND %ZONE
        GROUP BY %SERIES, version
    ) AS f
    LEFT JOIN
    (
        SELECT %SERIES, version, min(window_begin) AS window_begin, max(window_end) AS window_end
        FROM ledger WHERE state = 'accepted' AND %CHOSEN GROUP BY %SERIES, version
    ) AS l USING (%SERIES, version)
    LEFT JOIN
    (
        SELECT %SERIES, min(window_begin) AS refused_begin, max(window_end) AS refused_end
        FROM ledger WHERE state = 'unavailable' AND %CHOSEN AND %ZONE GROUP BY %SERIES
    ) AS r USING (%SERIES)`)

// storedSQL: each bucket of an accepted window has a fact, and none that is older than the answer. Windows and facts meet by day, or by 32
// days for daily buckets: of the thousands of windows that cover a day whole, only the newest matters.
var storedSQL = storage.Replace(`
    SELECT %SERIES, clip_begin AS begin, clip_end AS ended, 'facts = buckets of accepted answers' AS compared,
        multiIf(lhs = rhs, 'passed', run_id IN %UNDERWAY, 'pending', 'failed') AS verdict,
        toInt128(arrayCount(f -> f.1 >= clip_begin AND f.1 < clip_end AND f.2 >= newest, facts)) AS lhs,
        toInt128(if(granularity = 'hourly', intDiv(clip_end - clip_begin, 3600), arrayCount(d -> d >= clip_begin AND d < clip_end, begins))) AS rhs,
        multiIf(verdict = 'passed', '', verdict = 'pending', 'their load is under way', 'facts of an accepted answer are gone: load them again with mnaflow backfill --force') AS words, toUInt64(rhs) AS n
    FROM
    (
        SELECT %SERIES, chunk, clip_begin, clip_end, max(version) AS newest, argMax(run_id, version) AS run_id
        FROM
        (
            SELECT %SERIES, version, run_id, if(granularity = 'hourly', 86400, 2764800) AS length,
                toUInt32(arrayJoin(range(intDiv(toUnixTimestamp(begin), length), intDiv(toUnixTimestamp(end) - 1, length) + 1))) AS chunk,
                greatest(begin, toDateTime(chunk * length, 'UTC')) AS clip_begin, least(end, toDateTime((chunk + 1) * length, 'UTC')) AS clip_end
            FROM
            (
                SELECT %SERIES, version, run_id, greatest(window_begin, {from:DateTime('UTC')}) AS begin, least(window_end, {to:DateTime('UTC')}) AS end
                FROM ledger WHERE state = 'accepted' AND %CHOSEN AND %ZONE
            )
            WHERE begin < end
        )
        GROUP BY %SERIES, chunk, clip_begin, clip_end
    ) AS w
    LEFT JOIN
    (
        SELECT %SERIES, toUInt32(intDiv(toUnixTimestamp(bucket), if(granularity = 'hourly', 86400, 2764800))) AS chunk, groupArray((bucket, version)) AS facts
        FROM facts FINAL WHERE %CHOSEN AND %RANGE AND %ZONE
        GROUP BY %SERIES, chunk
    ) AS f USING (%SERIES, chunk)
    LEFT JOIN
    (
        SELECT account, toUInt32(intDiv(toUnixTimestamp(day_begin), 2764800)) AS chunk, groupArray(day_begin) AS begins
        FROM ` + accountDays + `
        GROUP BY account, chunk
    ) AS d USING (account, chunk)`)

// keysSQL: the views show each key once.
var keysSQL = storage.Replace(`
    SELECT %SERIES, min(bucket) AS begin, max(bucket) + if(granularity = 'hourly', 3600, 86400) AS ended, 'rows of the view = keys' AS compared, if(lhs = rhs, 'passed', 'failed') AS verdict,
        toInt128(count()) AS lhs, toInt128(uniqExact(if(granularity = 'hourly', toUInt64(bucket), toUInt64(day)))) AS rhs,
        if(verdict = 'passed', '', 'a key is there more than once, at instants that are no starts of buckets') AS words, count() AS n
    FROM facts FINAL
    WHERE reported AND %CHOSEN AND %RANGE AND %ZONE
    GROUP BY %SERIES`)

// partsSQL: merges keep up with inserts.
const partsSQL = `
    SELECT '' AS account, '' AS granularity, '' AS access_region, '' AS gateway_type, '' AS traffic_type, toDateTime(0, 'UTC') AS begin, now('UTC') AS ended,
        concat('active parts of a partition of ', table, ' < parts at which inserts are delayed') AS compared, if(lhs < rhs, 'passed', 'failed') AS verdict,
        toInt128(max(parts)) AS lhs, (SELECT toInt128(value) FROM system.merge_tree_settings WHERE name = 'parts_to_delay_insert') AS rhs,
        if(verdict = 'passed', '', 'merges do not keep up: look at system.merges and system.part_log') AS words, count() AS n
    FROM
    (
        SELECT table, partition_id, count() AS parts
        FROM system.parts WHERE database = currentDatabase() AND active GROUP BY table, partition_id
    )
    GROUP BY table
    UNION ALL
    SELECT '', '', '', '', '', toDateTime(0, 'UTC'), now('UTC'), 'rows of facts < 10 times its keys', if(lhs < 1000000 OR lhs < 10 * rhs, 'passed', 'failed') AS verdict,
        (SELECT toInt128(count()) FROM facts) AS lhs, (SELECT toInt128(count()) FROM facts FINAL) AS rhs,
        if(verdict = 'passed', '', 'merges do not keep up: look at system.merges and system.part_log'), toUInt64(rhs)`
