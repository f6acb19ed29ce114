-- Days of views (app/telemetry/roll-up/views), empty until the worker's housekeeping fills them; until then pages read hours.
SET lock_timeout = '10s';

-- CreateTable
CREATE TABLE "ViewMonth" (
    "kind" TEXT NOT NULL,
    "targetId" INTEGER NOT NULL,
    "month" TIMESTAMPTZ(3) NOT NULL,
    "days" BIGINT[] NOT NULL,

    CONSTRAINT "ViewMonth_pkey" PRIMARY KEY ("kind","targetId","month")
);

-- CreateTable
CREATE TABLE "ViewDetailMonth" (
    "storyId" INTEGER NOT NULL,
    "month" TIMESTAMPTZ(3) NOT NULL,
    "dimension" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "days" BIGINT[] NOT NULL,

    CONSTRAINT "ViewDetailMonth_pkey" PRIMARY KEY ("storyId","month","dimension","value")
);

-- CreateTable
CREATE TABLE "StaleDay" (
    "id" BIGSERIAL NOT NULL,
    "kind" TEXT NOT NULL,
    "targetId" INTEGER NOT NULL,
    "day" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "StaleDay_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "StaleDay_kind_targetId_idx" ON "StaleDay"("kind", "targetId");

-- A day is added up three days after it ended; whatever changes an hour later than two days after it makes that day stale. The
-- condition is evaluated for every row that is written, without a call; the function runs only for such late rows. A
-- program that imports years of hours sets tidemark.import to 'on' for its transaction, and rolls up afterwards.
CREATE FUNCTION note_stale_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'ViewHour' THEN
    INSERT INTO "StaleDay" (kind, "targetId", day) VALUES (NEW.kind, NEW."targetId", date_trunc('day', NEW.hour, 'UTC'));
  ELSE
    INSERT INTO "StaleDay" (kind, "targetId", day) VALUES ('detail', NEW."storyId", date_trunc('day', NEW.hour, 'UTC'));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER "ViewHour_stale_day" AFTER INSERT OR UPDATE ON "ViewHour" FOR EACH ROW
  WHEN (NEW.hour < now() - interval '2 days' AND COALESCE(current_setting('tidemark.import', true), '') <> 'on')
  EXECUTE FUNCTION note_stale_day();
CREATE TRIGGER "ViewDetailHour_stale_day" AFTER INSERT OR UPDATE ON "ViewDetailHour" FOR EACH ROW
  WHEN (NEW.hour < now() - interval '2 days' AND COALESCE(current_setting('tidemark.import', true), '') <> 'on')
  EXECUTE FUNCTION note_stale_day();
