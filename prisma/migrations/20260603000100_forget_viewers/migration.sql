-- Signed-in readers' keys in rows of views that nothing compares any more are replaced, and rows of old outages deleted
-- (app/stores/postgres/forget-viewers.ts, worker/retention.ts): both find their rows here, oldest first. Views that go to Postgres while
-- this runs go to the journal.
SET lock_timeout = '10s';
CREATE INDEX "StoryView_signed_in" ON "StoryView" ("viewedAt") WHERE "viewer" LIKE '%.u%';
CREATE INDEX "ChapterView_signed_in" ON "ChapterView" ("viewedAt") WHERE "viewer" LIKE '%.u%';
CREATE INDEX "StoryView_closed" ON "StoryView" ("reconciledAt") WHERE "reconciledAt" IS NOT NULL;
CREATE INDEX "ChapterView_closed" ON "ChapterView" ("reconciledAt") WHERE "reconciledAt" IS NOT NULL;
