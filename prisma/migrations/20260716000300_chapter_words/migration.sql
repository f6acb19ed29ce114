-- How many words a chapter has, counted when it is written: a page with hundreds of chapters must not read their texts. A trigger
-- and not a generated column: that would be computed again with every sync's update of the read count. This rewrites the rows of "Chapter".
ALTER TABLE "Chapter" ADD COLUMN "words" INTEGER NOT NULL DEFAULT 0;

CREATE FUNCTION count_chapter_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."words" := regexp_count(NEW."body", '\S+');
  RETURN NEW;
END $$;

CREATE TRIGGER "Chapter_words" BEFORE INSERT OR UPDATE OF "body" ON "Chapter"
  FOR EACH ROW EXECUTE FUNCTION count_chapter_words();

UPDATE "Chapter" SET "words" = regexp_count("body", '\S+');
