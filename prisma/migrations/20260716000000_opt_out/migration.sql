-- Readers who want none of their views counted, on all of their devices.
ALTER TABLE "User" ADD COLUMN "optedOutAt" TIMESTAMPTZ(3);
