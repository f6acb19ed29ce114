-- Whether a fallback view counts is decided by one row per viewer and target, found in a B-tree, in place of an exclusion constraint:
-- half the work (docs/decisions/0002). Views that go to Postgres while this runs go to the journal.
SET lock_timeout = '10s';
LOCK TABLE "StoryView", "ChapterView" IN ACCESS EXCLUSIVE MODE;

CREATE TABLE "StoryWindow" (
    "storyId" INTEGER NOT NULL,
    "viewer" TEXT NOT NULL,
    "windows" tstzmultirange NOT NULL,

    CONSTRAINT "StoryWindow_pkey" PRIMARY KEY ("storyId", "viewer")
);
CREATE TABLE "ChapterWindow" (
    "chapterId" INTEGER NOT NULL,
    "viewer" TEXT NOT NULL,
    "windows" tstzmultirange NOT NULL,

    CONSTRAINT "ChapterWindow_pkey" PRIMARY KEY ("chapterId", "viewer")
);

-- Housekeeping finds the rows whose last window ended long ago. Rows come in the order of time, so this index costs next to nothing.
CREATE INDEX "StoryWindow_end" ON "StoryWindow" USING brin (upper("windows")) WITH (autosummarize = on);
CREATE INDEX "ChapterWindow_end" ON "ChapterWindow" USING brin (upper("windows")) WITH (autosummarize = on);

-- The windows that a view may still meet: a window of a week and the longest outage are shorter.
INSERT INTO "StoryWindow" SELECT "storyId", "viewer", range_agg("window") FROM "StoryView"
  WHERE "counted" AND "window" IS NOT NULL AND "viewedAt" > now() - interval '16 days' GROUP BY 1, 2;
INSERT INTO "ChapterWindow" SELECT "chapterId", "viewer", range_agg("window") FROM "ChapterView"
  WHERE "counted" AND "window" IS NOT NULL AND "viewedAt" > now() - interval '16 days' GROUP BY 1, 2;

ALTER TABLE "StoryView" DROP CONSTRAINT "StoryView_one_per_window", ADD COLUMN "decided" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "ChapterView" DROP CONSTRAINT "ChapterView_one_per_window", ADD COLUMN "decided" BOOLEAN NOT NULL DEFAULT false;

-- Nothing reads a target's views by time. Reconcile looks for a viewer's counted rows.
DROP INDEX "StoryView_storyId_viewedAt_idx";
DROP INDEX "ChapterView_chapterId_viewedAt_idx";
CREATE INDEX "StoryView_counted_viewer" ON "StoryView" ("storyId", "viewer") WHERE "counted" AND "window" IS NOT NULL;
CREATE INDEX "ChapterView_counted_viewer" ON "ChapterView" ("chapterId", "viewer") WHERE "counted" AND "window" IS NOT NULL;

-- Takes the window of a row that begins to count, and gives back that of a row that no longer does (reconcile does both). Earlier
-- versions insert rows without having taken their windows: a row whose window is not free is skipped then, as their statement
-- expects of the constraint.
CREATE FUNCTION keep_story_windows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT NEW."counted" THEN
    UPDATE "StoryWindow" SET "windows" = "windows" - tstzmultirange(OLD."window")
      WHERE "storyId" = OLD."storyId" AND "viewer" = OLD."viewer";
    DELETE FROM "StoryWindow" WHERE "storyId" = OLD."storyId" AND "viewer" = OLD."viewer" AND isempty("windows");
    RETURN NEW;
  END IF;
  INSERT INTO "StoryWindow" AS w VALUES (NEW."storyId", NEW."viewer", tstzmultirange(NEW."window"))
    ON CONFLICT ("storyId", "viewer") DO UPDATE SET "windows" = w."windows" + EXCLUDED."windows"
    WHERE NOT w."windows" && EXCLUDED."windows";
  IF FOUND THEN RETURN NEW; END IF;
  IF TG_OP = 'INSERT' THEN RETURN NULL; END IF;
  RAISE EXCEPTION 'a view by this viewer is counted within the window' USING ERRCODE = 'exclusion_violation';
END $$;
CREATE FUNCTION keep_chapter_windows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT NEW."counted" THEN
    UPDATE "ChapterWindow" SET "windows" = "windows" - tstzmultirange(OLD."window")
      WHERE "chapterId" = OLD."chapterId" AND "viewer" = OLD."viewer";
    DELETE FROM "ChapterWindow" WHERE "chapterId" = OLD."chapterId" AND "viewer" = OLD."viewer" AND isempty("windows");
    RETURN NEW;
  END IF;
  INSERT INTO "ChapterWindow" AS w VALUES (NEW."chapterId", NEW."viewer", tstzmultirange(NEW."window"))
    ON CONFLICT ("chapterId", "viewer") DO UPDATE SET "windows" = w."windows" + EXCLUDED."windows"
    WHERE NOT w."windows" && EXCLUDED."windows";
  IF FOUND THEN RETURN NEW; END IF;
  IF TG_OP = 'INSERT' THEN RETURN NULL; END IF;
  RAISE EXCEPTION 'a view by this viewer is counted within the window' USING ERRCODE = 'exclusion_violation';
END $$;

CREATE TRIGGER "StoryView_inserted" BEFORE INSERT ON "StoryView" FOR EACH ROW
  WHEN (NEW."counted" AND NEW."window" IS NOT NULL AND NOT NEW."decided") EXECUTE FUNCTION keep_story_windows();
CREATE TRIGGER "StoryView_recounted" BEFORE UPDATE OF "counted" ON "StoryView" FOR EACH ROW
  WHEN (NEW."counted" <> OLD."counted" AND NEW."window" IS NOT NULL) EXECUTE FUNCTION keep_story_windows();
CREATE TRIGGER "ChapterView_inserted" BEFORE INSERT ON "ChapterView" FOR EACH ROW
  WHEN (NEW."counted" AND NEW."window" IS NOT NULL AND NOT NEW."decided") EXECUTE FUNCTION keep_chapter_windows();
CREATE TRIGGER "ChapterView_recounted" BEFORE UPDATE OF "counted" ON "ChapterView" FOR EACH ROW
  WHEN (NEW."counted" <> OLD."counted" AND NEW."window" IS NOT NULL) EXECUTE FUNCTION keep_chapter_windows();
