-- The words by which readers find a story: of its title, its author's name, its genre and its blurb. A table of its own, as "Story" is
-- updated with every sync, and would carry them along. 'simple' knows no language and drops no word.
CREATE TABLE "StorySearch" (
    "storyId" INTEGER NOT NULL,
    "words" tsvector NOT NULL,

    CONSTRAINT "StorySearch_pkey" PRIMARY KEY ("storyId"),
    CONSTRAINT "StorySearch_storyId_fkey" FOREIGN KEY ("storyId") REFERENCES "Story"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "StorySearch_words" ON "StorySearch" USING gin ("words");
CREATE INDEX "Story_genre_idx" ON "Story"("genre");

CREATE FUNCTION story_words(title TEXT, author TEXT, genre TEXT, blurb TEXT) RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$
  SELECT setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', author), 'B')
    || setweight(to_tsvector('simple', genre), 'B') || setweight(to_tsvector('simple', blurb), 'C')
$$;

CREATE FUNCTION index_story_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "StorySearch" ("storyId", "words")
  SELECT NEW."id", story_words(NEW."title", u."name", NEW."genre", NEW."blurb") FROM "User" u WHERE u."id" = NEW."authorId"
  ON CONFLICT ("storyId") DO UPDATE SET "words" = EXCLUDED."words";
  RETURN NULL;
END $$;

CREATE FUNCTION index_author_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "StorySearch" w SET "words" = story_words(s."title", NEW."name", s."genre", s."blurb")
  FROM "Story" s WHERE s."authorId" = NEW."id" AND w."storyId" = s."id";
  RETURN NULL;
END $$;

CREATE TRIGGER story_words AFTER INSERT OR UPDATE OF "title", "genre", "blurb", "authorId" ON "Story"
  FOR EACH ROW EXECUTE FUNCTION index_story_words();
CREATE TRIGGER author_words AFTER UPDATE OF "name" ON "User"
  FOR EACH ROW WHEN (OLD."name" IS DISTINCT FROM NEW."name") EXECUTE FUNCTION index_author_words();

INSERT INTO "StorySearch" ("storyId", "words")
SELECT s."id", story_words(s."title", u."name", s."genre", s."blurb") FROM "Story" s JOIN "User" u ON u."id" = s."authorId";
