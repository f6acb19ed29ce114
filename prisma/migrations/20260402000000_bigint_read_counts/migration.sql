-- Counts that can pass 2,147,483,647: one row that is full would stop its shard's sync, and every batch of the fallback that it is
-- in. Changing the type rewrites each table while nothing else can read or write it. These three are small. The two large ones
-- have migrations of their own, so that no lock is held for longer than its own table's rewrite. A lock that is not granted in
-- ten seconds fails the migration, unchanged, rather than let everything queue behind it: run it again.
--
-- Processes of earlier versions go on counting, but should be stopped first or restarted right after: connections that they
-- opened before this hold plans that Postgres refuses ("cached plan must not change result type") until they are replaced.
SET lock_timeout = '10s';

ALTER TABLE "Story" ALTER COLUMN "readCount" TYPE BIGINT;
ALTER TABLE "Chapter" ALTER COLUMN "readCount" TYPE BIGINT;
ALTER TABLE "KnownLoss" ALTER COLUMN "views" TYPE BIGINT, ALTER COLUMN "behind" TYPE BIGINT;
