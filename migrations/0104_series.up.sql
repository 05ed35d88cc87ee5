CREATE TABLE IF NOT EXISTS series
(
    account           LowCardinality(String)  COMMENT 'name of the account in the configuration',
    granularity       LowCardinality(String)  COMMENT 'hourly or daily',
    access_region     LowCardinality(String)  COMMENT 'ALL, MC, AP, EU or AM',
    gateway_type      LowCardinality(String)  COMMENT 'public or private',
    traffic_type      LowCardinality(String)  COMMENT 'uplink, downlink or total',
    configured        Bool                    COMMENT 'the configuration of the last load extracts it',
    expected_from     DateTime('UTC')
        COMMENT 'first instant of the configured start date in the account''s time zone',
    time_zone         LowCardinality(String)  COMMENT 'of the account',
    settle_seconds    UInt32                  COMMENT 'a bucket is first asked for this long after its end',
    refresh_seconds   UInt32
        COMMENT 'one that is not final is asked for again this long after the last time',
    finality_seconds  UInt32                  COMMENT 'a bucket is final this long after the end of its day',
    written_at        DateTime64(6, 'UTC')    COMMENT 'when a load wrote this; the newest row counts'
)
ENGINE = ReplacingMergeTree(written_at)
ORDER BY (account, granularity, access_region, gateway_type, traffic_type)
COMMENT 'What the configuration of the last load asks for, one row a series; views cannot read a file.'
