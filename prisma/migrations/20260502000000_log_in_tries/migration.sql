-- The limit on wrong passwords, shared by all web processes. Unlogged: nothing of it is in the write-ahead log or in a backup, a write
-- waits for no disk, and after a crash of Postgres everyone may try again.
CREATE UNLOGGED TABLE "LogInTry" (
    "client" BYTEA NOT NULL,
    "tries" INTEGER NOT NULL,
    "resetAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "LogInTry_pkey" PRIMARY KEY ("client")
);
