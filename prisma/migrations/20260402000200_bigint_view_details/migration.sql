-- See 20260402000000_bigint_read_counts. This rewrites ViewDetailHour and its index: some seconds per million rows. Meanwhile the
-- sync and views that go to Postgres wait.
SET lock_timeout = '10s';

ALTER TABLE "ViewDetailHour" ALTER COLUMN "views" TYPE BIGINT;
