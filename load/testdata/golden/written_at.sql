SELECT max(written_at) FROM series
