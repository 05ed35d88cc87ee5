the counts were changed by something else than a load: let them fit each other:
INSERT INTO mnaflow.ledger
WITH
    l.state = 'accepted' AS s,
    if(s, least(l.reported, l.buckets), l.reported) AS p,
    if(s, greatest(l.points, p), l.points) AS q,
    if(s, least(l.dropped, q - p), l.dropped) AS d,
    if(s, least(l.rounded, p), l.rounded) AS r,
    if(s, least(l.floored, p), l.floored) AS o,
    if(s, least(l.revised, l.buckets), 0) AS c,
    if(s, least(l.retracted, c, l.buckets - p), 0) AS e,
    if(s, greatest(l.attempts, 1), l.attempts) AS t,
    multiIf(
        l.state = 'unavailable', 0,
        l.state = 'failed' AND l.error_class NOT IN ('', 'transient', 'throttled', 'denied'), greatest(l.failures, 1),
        l.failures) AS f
SELECT l.* REPLACE (
    p AS reported, q AS points, d AS dropped, r AS rounded, o AS floored, c AS revised, e AS retracted,
    t AS attempts, f AS failures
)
FROM mnaflow.ledger AS l FINAL
WHERE (l.reported, l.points, l.dropped, l.rounded, l.floored, l.revised, l.retracted, l.attempts, l.failures)
    != (p, q, d, r, o, c, e, t, f)
