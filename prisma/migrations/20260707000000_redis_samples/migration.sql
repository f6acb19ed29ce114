-- CreateTable
CREATE TABLE "RedisSample" (
    "at" TIMESTAMPTZ(3) NOT NULL,
    "usedBytes" BIGINT NOT NULL,
    "limitBytes" BIGINT,
    "keys" BIGINT NOT NULL,
    "clients" INTEGER NOT NULL,
    "opsPerSecond" INTEGER NOT NULL,

    CONSTRAINT "RedisSample_pkey" PRIMARY KEY ("at")
);
