-- Latencies as counts per bucket, which add up over processes and time (docs/decisions/0013). The bounds are those of
-- app/shared/histogram.ts. Rows of earlier versions have no buckets: charts show their latency as not measured. Their
-- "latencyP50Us" and "latencyP99Us" stay in the export of all rows.
ALTER TABLE "Sample" ADD COLUMN "latencyBuckets" INTEGER[] DEFAULT ARRAY[]::INTEGER[];
