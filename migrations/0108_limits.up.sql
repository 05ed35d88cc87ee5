CREATE TABLE IF NOT EXISTS limits
(
    account      LowCardinality(String)  COMMENT 'name of the account in the configuration',
    granularity  LowCardinality(String)  COMMENT 'hourly or daily',
    longest_answered UInt32              COMMENT 'buckets in the longest window that the API has answered',
    shortest_refused UInt32
        COMMENT 'buckets in the shortest window that it refused for its length; 0: none',
    run_id       UUID                    COMMENT 'the run that wrote this',
    learned_at   DateTime64(6, 'UTC')    COMMENT 'when the latter was found; after 30 days a longer window is tried',
    written_at   DateTime64(6, 'UTC')    COMMENT 'when this was written; the newest row counts'
)
ENGINE = ReplacingMergeTree(written_at)
ORDER BY (account, granularity)
COMMENT 'The longest window that the API answers lies between the two lengths. No page of the vendor says.'
