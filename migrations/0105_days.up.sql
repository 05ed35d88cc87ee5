CREATE TABLE IF NOT EXISTS days
(
    time_zone   LowCardinality(String)  COMMENT 'of an account',
    day         Date                    COMMENT 'a date in that zone' CODEC(Delta, ZSTD),
    day_begin   DateTime('UTC')         COMMENT 'its first instant' CODEC(Delta, ZSTD),
    day_end     DateTime('UTC')         COMMENT 'the first instant after it' CODEC(Delta, ZSTD),
    written_at  DateTime64(6, 'UTC')    COMMENT 'when a load wrote this; the newest row counts'
)
ENGINE = ReplacingMergeTree(written_at)
ORDER BY (time_zone, day)
COMMENT 'When each day of each time zone begins and ends: SQL cannot take a zone from a column. Loads write it.'
