-- An account that may not log in, for now or for good, without erasing it.
ALTER TABLE "User" ADD COLUMN "disabledAt" TIMESTAMPTZ(3);
