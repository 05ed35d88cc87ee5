-- Measures the last change of each bucket: its lag since the end of the bucket, and since the end of the account's day
-- in which the bucket lies.
--
-- Only a forced reload can see a change after finality. Such a change proves that the present finality is too short, if
-- the bucket became final after that finality was configured: an earlier, shorter one does not count against it.
--
-- Only the buckets of the last 90 days count: how the API behaves now matters, and the cost must not grow with the
-- years.
--
-- A day was watched if its first answer came at most a day after it settled, and the newest answer of the account came
-- after the day was final.
WITH
    (SELECT max(bucket) - toIntervalDay(90) FROM facts) AS oldest,
    accounts AS
    (
        SELECT
            account, granularity,
            any(time_zone) AS zone,
            max(settle_seconds) AS settle,
            max(finality_seconds) AS finality,
            min(written_at) AS since
        FROM series FINAL
        WHERE configured
        GROUP BY account, granularity
    ),
    calendar AS
    (
        SELECT time_zone AS zone, day, day_end
        FROM days FINAL
    ),
    changed AS
    (
        SELECT
            account, granularity,
            if(granularity = 'hourly', bucket + toIntervalHour(1), d.day_end) AS bucket_end,
            d.day_end + toIntervalSecond(a.finality) AS final_at,
            max(r.observed_at) AS last,
            maxIf(r.observed_at, NOT r.was_final OR r.observed_at <= final_at) AS last_open,
            max(r.was_final AND r.observed_at > final_at AND final_at >= a.since) AS proof,
            greatest(0, intDiv(toUnixTimestamp64Milli(last), 1000) - toInt64(toUnixTimestamp(bucket_end))) AS lag,
            greatest(0, intDiv(toUnixTimestamp64Milli(last_open), 1000) - toInt64(toUnixTimestamp(d.day_end)))
                AS since_day_end
        FROM mnaflow.flow_revisions AS r
        INNER JOIN accounts AS a USING (account, granularity)
        INNER JOIN calendar AS d ON d.zone = a.zone AND d.day = r.day
        WHERE r.bucket >= oldest
        GROUP BY
            account, granularity, access_region, gateway_type, traffic_type,
            bucket, d.day_end, a.finality, a.since
    ),
    first_answers AS
    (
        SELECT account, granularity, time_zone, day, min(observed_at) AS first
        FROM history
        WHERE bucket >= oldest
        GROUP BY account, granularity, time_zone, day
    ),
    newest_answers AS
    (
        SELECT account, granularity, max(sent_at) AS newest
        FROM ledger
        WHERE state = 'accepted'
        GROUP BY account, granularity
    ),
    watched AS
    (
        SELECT account, granularity, count() AS days
        FROM first_answers AS h
        INNER JOIN accounts AS a USING (account, granularity)
        INNER JOIN calendar AS d ON d.zone = a.zone AND d.day = h.day
        INNER JOIN newest_answers AS l USING (account, granularity)
        WHERE h.time_zone = a.zone
            AND first < d.day_end + toIntervalSecond(a.settle + 86400)
            AND newest >= d.day_end + toIntervalSecond(a.finality)
        GROUP BY account, granularity
    ),
    revised AS
    (
        SELECT
            account, granularity,
            count() AS buckets,
            quantileExact(0.5)(lag) AS median,
            quantileExact(0.99)(lag) AS p99,
            max(lag) AS latest,
            max(since_day_end) AS latest_open,
            countIf(proof) AS proven
        FROM changed
        GROUP BY account, granularity
    )
SELECT
    a.account, a.granularity, r.buckets, r.median, r.p99, r.latest, w.days, r.latest_open, r.proven, toInt64(a.finality)
FROM accounts AS a
LEFT JOIN revised AS r USING (account, granularity)
LEFT JOIN watched AS w USING (account, granularity)
ORDER BY a.account, a.granularity DESC
