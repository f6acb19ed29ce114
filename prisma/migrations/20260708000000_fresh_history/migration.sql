-- How long the hourly history was no older than it may be, in seconds that add up (app/shared/objectives.ts). Rows from before have 0 of 0: nothing was judged.
ALTER TABLE "Sample" ADD COLUMN "judgedSeconds" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "freshSeconds" INTEGER NOT NULL DEFAULT 0;

ALTER TABLE "SampleTotal" ADD COLUMN "judgedSeconds" BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN "freshSeconds" BIGINT NOT NULL DEFAULT 0;
