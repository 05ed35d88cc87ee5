-- The ledger: one row a window and attempt, with what was asked, what the API answered, and what became of it.
CREATE VIEW mnaflow.extractions
(
    id             UUID                      COMMENT 'of this attempt at a window',
    run_id         UUID                      COMMENT 'the run that asked',
    account        LowCardinality(String)    COMMENT 'name of the account in the configuration',
    granularity    LowCardinality(String)    COMMENT 'hourly or daily',
    access_region  LowCardinality(String)    COMMENT 'ALL, MC, AP, EU or AM',
    gateway_type   LowCardinality(String)    COMMENT 'public or private',
    traffic_type   LowCardinality(String)    COMMENT 'uplink, downlink or total',
    window_begin   DateTime('UTC')           COMMENT 'first instant of the window',
    window_end     DateTime('UTC')           COMMENT 'first instant after the window',
    time_zone      LowCardinality(String)    COMMENT 'the account''s time zone when this was asked for',
    state          LowCardinality(String)
        COMMENT 'accepted: stored; failed: to be asked for again; unavailable: older than the API keeps',
    error_class    LowCardinality(String)
        COMMENT 'why it failed: transient, throttled, refused, rejected, denied, disagrees, suspect; or empty',
    reason         String                    COMMENT 'why it failed or is doubtful, in words',
    failures       UInt16
        COMMENT 'attempts in a row that failed for these buckets, this one included; outages not counted',
    request_id     String                    COMMENT 'the vendor''s id of the last request',
    attempts       UInt16                    COMMENT 'requests sent for this window, retries included',
    sent_at        DateTime64(3, 'UTC')      COMMENT 'when the last request was sent',
    answered_at    DateTime64(3, 'UTC')      COMMENT 'when its answer was complete',
    buckets        UInt32                    COMMENT 'buckets in the window',
    points         UInt32                    COMMENT 'points in the answer',
    reported       UInt32                    COMMENT 'buckets of the window that have a point',
    dropped        UInt32                    COMMENT 'points outside the window, not stored',
    rounded        UInt32                    COMMENT 'points with a fraction of a byte, rounded',
    floored        UInt32                    COMMENT 'points off the full hour, taken for their hour',
    revised        UInt32                    COMMENT 'buckets whose value changed',
    retracted      UInt32                    COMMENT 'buckets that had a value and have none now',
    api_max        Nullable(Float64)         COMMENT 'the API''s own MaxValue over the points it returned, bytes',
    api_avg        Nullable(Float64)         COMMENT 'the API''s own AvgValue, bytes',
    api_total      Nullable(Float64)         COMMENT 'the API''s own TotalValue, bytes'
)
AS
SELECT
    id, run_id, account, granularity, access_region, gateway_type, traffic_type, window_begin, window_end, time_zone,
    state, error_class, reason, failures, request_id, attempts, sent_at, answered_at,
    buckets, points, reported, dropped, rounded, floored, revised, retracted, api_max, api_avg, api_total
FROM mnaflow.ledger FINAL
