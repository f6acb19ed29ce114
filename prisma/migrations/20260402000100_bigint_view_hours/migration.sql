-- See 20260402000000_bigint_read_counts. This rewrites ViewHour and its indexes: some seconds per million rows. Meanwhile views are
-- counted in Redis as always; the sync, editors' charts and views that go to Postgres wait, and the latter go to the journal.
SET lock_timeout = '10s';

ALTER TABLE "ViewHour" ALTER COLUMN "views" TYPE BIGINT;
