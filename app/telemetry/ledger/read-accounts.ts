import { FILE_GONE_AFTER_SECONDS } from "../journal-files";
import type { Accounts, LedgerParts, Life } from "./balance";

/** Sends a statement to Postgres, through whichever client the caller has. */
export type Ask = <Row>(statement: string) => Promise<Row[]>;

/**
 * Reads Postgres's side of the ledger in one statement, so that its sums belong together. Everything is kept as totals: the
 * reading grows with the number of shards, not with the history.
 */
export async function readAccounts(ask: Ask): Promise<Accounts> {
  const rows = await ask<{
    lives: Life[] | null;
    fallback: Accounts["fallback"];
    journal: Accounts["journal"];
    earlierLosses: number;
    mismatched: number;
    explained: LedgerParts | null;
    redisHeardAt: number | null;
  }>(
    `SELECT
       (SELECT json_agg(json_build_object('shard', shard, 'ledger', ledger, 'base', base, 'accepted', accepted,
          'synced', synced, 'taught', taught, 'lost', lost, 'endedAt', (extract(epoch FROM "endedAt") * 1000)::bigint)) FROM "RedisLedger") AS lives,
       (SELECT json_build_object('counted', COALESCE(sum(counted), 0), 'retracted', COALESCE(sum(retracted), 0),
          'promoted', COALESCE(sum(promoted), 0), 'moved', COALESCE(sum(moved), 0)) FROM "FallbackCount") AS fallback,
       (SELECT json_build_object('waiting', COALESCE(sum(lines) FILTER (WHERE there), 0),
          'missing', COALESCE(sum(lines) FILTER (WHERE NOT there), 0))
        FROM (SELECT appended - replayed - rejected - torn AS lines,
            "updatedAt" > now() - make_interval(secs => ${FILE_GONE_AFTER_SECONDS}) AS there FROM "JournalFile") files
        WHERE lines > 0) AS journal,
       (SELECT COALESCE(sum(views), 0)::float8 FROM "KnownLoss" WHERE ledger IS NULL) AS "earlierLosses",
       (SELECT GREATEST(result, mismatched)::float8 FROM "HistoryCheck") AS mismatched,
       (SELECT json_object_agg(part, views) FROM (SELECT part, sum(views) AS views FROM "DriftExplanation" GROUP BY 1) e)
         AS explained,
       (SELECT (extract(epoch FROM max("seenAt")) * 1000)::float8 FROM "RedisLedger" WHERE "endedAt" IS NULL) AS "redisHeardAt"`,
  );
  const [row] = rows;
  if (!row) throw new Error("Postgres returned no ledger accounts");
  return { ...row, lives: row.lives ?? [], mismatched: row.mismatched ?? 0, explained: row.explained ?? {} };
}
