-- Notes of changed stories, which web processes follow (docs/decisions/0021).
CREATE TABLE "StoryChange" (
  "id" BIGSERIAL NOT NULL,
  "slug" TEXT NOT NULL,
  "change" xid8 NOT NULL DEFAULT pg_current_xact_id(),
  "changedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "StoryChange_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "StoryChange_change_idx" ON "StoryChange" ("change");
CREATE INDEX "StoryChange_changedAt_idx" ON "StoryChange" ("changedAt");

-- Rows are only ever added, so that two editors never wait for each other.
CREATE FUNCTION "noteStories"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "StoryChange" ("slug") SELECT DISTINCT slug FROM changed;
  RETURN NULL;
END $$;

CREATE FUNCTION "noteStoriesOf"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "StoryChange" ("slug")
  SELECT slug FROM "Story" WHERE id IN (SELECT "storyId" FROM changed);
  RETURN NULL;
END $$;

CREATE FUNCTION "noteStory"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "StoryChange" ("slug") SELECT DISTINCT slug FROM unnest(ARRAY[OLD.slug, NEW.slug]) AS s(slug);
  RETURN NULL;
END $$;

CREATE FUNCTION "noteStoryOf"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "StoryChange" ("slug") SELECT slug FROM "Story" WHERE id IN (OLD."storyId", NEW."storyId");
  RETURN NULL;
END $$;

CREATE TRIGGER "Story_deleted" AFTER DELETE ON "Story"
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION "noteStories"();
CREATE TRIGGER "Chapter_inserted" AFTER INSERT ON "Chapter"
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION "noteStoriesOf"();
CREATE TRIGGER "Chapter_deleted" AFTER DELETE ON "Chapter"
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION "noteStoriesOf"();
CREATE TRIGGER "StoryEditor_inserted" AFTER INSERT ON "StoryEditor"
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION "noteStoriesOf"();
CREATE TRIGGER "StoryEditor_deleted" AFTER DELETE ON "StoryEditor"
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION "noteStoriesOf"();

-- For each row, because these name their columns: moving read counts, which every sync does for thousands of rows, calls no trigger.
CREATE TRIGGER "Story_updated" AFTER UPDATE OF "id", "slug", "status", "authorId" ON "Story"
  FOR EACH ROW WHEN ((OLD."id", OLD."slug", OLD."status", OLD."authorId")
    IS DISTINCT FROM (NEW."id", NEW."slug", NEW."status", NEW."authorId"))
  EXECUTE FUNCTION "noteStory"();
CREATE TRIGGER "Chapter_updated" AFTER UPDATE OF "id", "storyId", "number", "status" ON "Chapter"
  FOR EACH ROW WHEN ((OLD."id", OLD."storyId", OLD."number", OLD."status")
    IS DISTINCT FROM (NEW."id", NEW."storyId", NEW."number", NEW."status"))
  EXECUTE FUNCTION "noteStoryOf"();
CREATE TRIGGER "StoryEditor_updated" AFTER UPDATE ON "StoryEditor"
  FOR EACH ROW EXECUTE FUNCTION "noteStoryOf"();
