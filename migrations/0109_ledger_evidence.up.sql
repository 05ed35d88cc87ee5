ALTER TABLE ledger ADD COLUMN IF NOT EXISTS checksum Nullable(UInt64)
        COMMENT 'sum over its buckets of xxHash64 of bucket, reported and bytes as stored; null unless accepted',
    ADD COLUMN IF NOT EXISTS final_before Nullable(DateTime('UTC'))
        COMMENT 'buckets of this answer that start before it are final; null unless accepted'
