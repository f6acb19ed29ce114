-- Addresses that stories and chapters had before (docs/decisions/0031). Triggers write them, so it does not matter who renames.
CREATE TABLE "FormerSlug" (
  "slug" TEXT NOT NULL,
  "storyId" INTEGER NOT NULL,
  "until" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "FormerSlug_pkey" PRIMARY KEY ("slug"),
  CONSTRAINT "FormerSlug_storyId_fkey" FOREIGN KEY ("storyId") REFERENCES "Story" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "FormerSlug_storyId_idx" ON "FormerSlug" ("storyId");

CREATE TABLE "FormerChapterNumber" (
  "storyId" INTEGER NOT NULL,
  "number" INTEGER NOT NULL,
  "chapterId" INTEGER NOT NULL,
  "until" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "FormerChapterNumber_pkey" PRIMARY KEY ("storyId", "number"),
  CONSTRAINT "FormerChapterNumber_chapterId_fkey" FOREIGN KEY ("chapterId") REFERENCES "Chapter" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "FormerChapterNumber_chapterId_idx" ON "FormerChapterNumber" ("chapterId");

-- Reading places follow their chapter, and stories are deleted with their places.
CREATE INDEX "ReadingPlace_storyId_idx" ON "ReadingPlace" ("storyId");

-- One spelling for each slug: browsers and systems write the same letter as one character or as two (NFC, NFD).
CREATE FUNCTION "composeSlug"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF getdatabaseencoding() = 'UTF8' THEN
    NEW."slug" := normalize(NEW."slug", NFC);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "Story_slug_composed" BEFORE INSERT OR UPDATE OF "slug" ON "Story"
  FOR EACH ROW EXECUTE FUNCTION "composeSlug"();

-- A former slug that another story takes belongs to that story.
CREATE FUNCTION "keepFormerSlug"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "FormerSlug" WHERE "slug" = NEW."slug";
  IF TG_OP = 'UPDATE' THEN
    INSERT INTO "FormerSlug" ("slug", "storyId")
    SELECT OLD."slug", NEW."id" WHERE NOT EXISTS (SELECT FROM "Story" WHERE "slug" = OLD."slug")
    ON CONFLICT ("slug") DO UPDATE SET "storyId" = EXCLUDED."storyId", "until" = EXCLUDED."until";
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER "Story_slug_taken" AFTER INSERT ON "Story"
  FOR EACH ROW EXECUTE FUNCTION "keepFormerSlug"();
CREATE TRIGGER "Story_slug_changed" AFTER UPDATE OF "slug" ON "Story"
  FOR EACH ROW WHEN (OLD."slug" IS DISTINCT FROM NEW."slug") EXECUTE FUNCTION "keepFormerSlug"();

-- Web processes hear of a former slug as they do of a story's change.
CREATE FUNCTION "noteFormerSlug"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "StoryChange" ("slug") VALUES (COALESCE(NEW."slug", OLD."slug"));
  RETURN NULL;
END $$;
CREATE TRIGGER "FormerSlug_changed" AFTER INSERT OR UPDATE OR DELETE ON "FormerSlug"
  FOR EACH ROW EXECUTE FUNCTION "noteFormerSlug"();

-- Numbers below 1 are no addresses: programs that renumber many chapters pass through them.
CREATE FUNCTION "keepFormerNumber"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "FormerChapterNumber" WHERE "storyId" = NEW."storyId" AND "number" = NEW."number";
  IF TG_OP = 'UPDATE' AND OLD."storyId" = NEW."storyId" THEN
    UPDATE "ReadingPlace" SET "chapterNumber" = NEW."number"
    WHERE "storyId" = NEW."storyId" AND "chapterNumber" = OLD."number";
    INSERT INTO "FormerChapterNumber" ("storyId", "number", "chapterId")
    SELECT OLD."storyId", OLD."number", NEW."id"
    WHERE OLD."number" > 0
      AND NOT EXISTS (SELECT FROM "Chapter" WHERE "storyId" = OLD."storyId" AND "number" = OLD."number")
    ON CONFLICT ("storyId", "number") DO UPDATE SET "chapterId" = EXCLUDED."chapterId", "until" = EXCLUDED."until";
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER "Chapter_number_taken" AFTER INSERT ON "Chapter"
  FOR EACH ROW EXECUTE FUNCTION "keepFormerNumber"();
CREATE TRIGGER "Chapter_number_changed" AFTER UPDATE OF "number" ON "Chapter"
  FOR EACH ROW WHEN (OLD."number" IS DISTINCT FROM NEW."number") EXECUTE FUNCTION "keepFormerNumber"();

-- Of two slugs that only differ in how their letters are composed, the composed one stays, and the other gets its story's id.
DO $$
BEGIN
  IF getdatabaseencoding() = 'UTF8' THEN
    UPDATE "Story" s SET "slug" = normalize(s."slug", NFC) || CASE
      WHEN EXISTS (SELECT FROM "Story" o WHERE o."id" <> s."id" AND (o."slug" = normalize(s."slug", NFC)
        OR (o."id" < s."id" AND normalize(o."slug", NFC) = normalize(s."slug", NFC)))) THEN '-' || s."id" ELSE '' END
    WHERE s."slug" IS NOT NFC NORMALIZED;
  END IF;
END $$;
