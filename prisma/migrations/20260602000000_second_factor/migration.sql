-- Log-ins: limits by address, account and browser, a list of one's sessions, a second factor, and failures per minute.
SET lock_timeout = '10s';

-- Tries per quarter of an hour become a wait that grows. What was counted is worth minutes, so nothing is taken over; a process of
-- the version before counts on its own until it is replaced. Unlogged as before: not in the write-ahead log, in no backup.
DROP TABLE "LogInTry";
CREATE UNLOGGED TABLE "LogInTry" (
    "who" BYTEA NOT NULL,
    "tries" INTEGER NOT NULL,
    "openAt" TIMESTAMPTZ(3) NOT NULL,
    "forgetAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "LogInTry_pkey" PRIMARY KEY ("who")
);

-- Sessions without a browser were started by an earlier version: their cookie may still have its old name.
ALTER TABLE "Session"
    ADD COLUMN "usedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    ADD COLUMN "browser" TEXT;

CREATE TABLE "SecondFactor" (
    "userId" INTEGER NOT NULL,
    "secret" TEXT NOT NULL,
    "confirmedAt" TIMESTAMPTZ(3),
    "lastStep" INTEGER NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "SecondFactor_pkey" PRIMARY KEY ("userId"),
    CONSTRAINT "SecondFactor_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE "RecoveryCode" (
    "userId" INTEGER NOT NULL,
    "hash" BYTEA NOT NULL,
    "usedAt" TIMESTAMPTZ(3),

    CONSTRAINT "RecoveryCode_pkey" PRIMARY KEY ("userId", "hash"),
    CONSTRAINT "RecoveryCode_userId_fkey" FOREIGN KEY ("userId") REFERENCES "SecondFactor"("userId") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE "LogInFailure" (
    "at" TIMESTAMPTZ(3) NOT NULL,
    "failures" INTEGER NOT NULL,

    CONSTRAINT "LogInFailure_pkey" PRIMARY KEY ("at")
);
