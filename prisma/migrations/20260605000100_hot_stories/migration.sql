-- The stories that are viewed most at the moment (app/telemetry/hot-stories.ts): the rule "A story is far above its usual" reads them, as
-- the history has views only once they are synced.
CREATE TABLE "HotStory" (
    "id" BIGSERIAL NOT NULL,
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "process" TEXT NOT NULL,
    "storyId" INTEGER NOT NULL,
    "views" INTEGER NOT NULL,

    CONSTRAINT "HotStory_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "HotStory_hour_process_storyId_key" ON "HotStory"("hour", "process", "storyId");
