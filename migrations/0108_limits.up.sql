CREATE TABLE IF NOT EXISTS limits
(
    account      LowCardinality(String)  COMMENT 'name of the account in the configuration',
    granularity  LowCardinality(String)  COMMENT 'hourly or daily',
    span         UInt32                  COMMENT 'most buckets that the API answers in one request; 0: none found',
    horizon      DateTime('UTC')         COMMENT 'start of the oldest bucket that the API answered; 1970: none found',
    run_id       UUID                    COMMENT 'the run that found this',
    learned_at   DateTime64(6, 'UTC')    COMMENT 'when; the newest row counts, for 30 days'
)
ENGINE = ReplacingMergeTree(learned_at)
ORDER BY (account, granularity)
COMMENT 'What the API turned out to accept: the longest window, and how far back. No page of the vendor says.'
