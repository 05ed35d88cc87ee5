ALTER TABLE check_results ADD COLUMN IF NOT EXISTS compared_buckets UInt64 COMMENT 'how many buckets, windows or rows the two figures sum up' AFTER compared
