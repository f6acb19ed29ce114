import { withNumbers } from "~/platform/row-numbers";
import type { Ledger } from "~/telemetry/ledger/balance";
import { readLastKnownLedger } from "~/telemetry/ledger/last-known-ledger";
import { SHARDS } from "~/tracker/shard";
import { MINUTE_MS } from "~/tracker/window";
import type { PrismaClient } from "../../../../prisma/client/client";
import type { OverviewPanel } from "../overview-panel";

/** The ledger as the page and `/admin/ledger.json` show it. */
export interface LedgerPanel {
  /** Null before the first view while Redis is unreachable. */
  ledger: Ledger | null;
  /** True if Redis was asked just now; false if Postgres alone was, because Redis is unreachable. */
  live: boolean;
  /** When Redis was last heard of, which is when so many views waited in it. */
  redisAt: Date | null;
  /** Views that Redis lost, newest first. */
  losses: Loss[];
  /** Views that may be counted twice, because reconcile gave up comparing them with Redis; newest first. */
  doubtful: { id: number; at: Date; fromAt: Date; toAt: Date; views: number }[];
  /** Views that were accepted and that operators have taken out of counts and history. */
  voided: number;
}

const LOSSES_SHOWN = 5;
const DOUBTFUL_SHOWN = 5;

/** Views that Redis lost at one time, over all shards. */
export interface Loss {
  id: number;
  fromAt: Date | null;
  toAt: Date;
  views: number;
  cause: string;
  /** At most so many readers may be counted again, until then. */
  mayRepeat: number;
  repeatUntil: Date | null;
}

/** Where every accepted view is. */
export const ledger: OverviewPanel<LedgerPanel> = {
  name: "The ledger",
  rereadAfter: ["sync", "sample"],
  read: ({ db, readLedger }) => readLedgerPanel(db, readLedger),
};

/** Reads the ledger now or, while Redis is unreachable, as it was last known and with what Postgres holds since. */
export async function readLedgerPanel(
  db: PrismaClient,
  readLive: () => Promise<Ledger | null>,
): Promise<LedgerPanel> {
  const [live, losses, doubtful, voided] = await Promise.all([
    readLive(),
    readLosses(db),
    db.givenUpRows.findMany({
      orderBy: { id: "desc" },
      take: DOUBTFUL_SHOWN,
      select: { id: true, at: true, fromAt: true, toAt: true, views: true },
    }),
    db.voidedViews.aggregate({
      where: { undoneAt: null },
      _sum: { storyViews: true, chapterViews: true },
    }),
  ]);
  const known = live ? { ledger: live, redisAt: live.at } : await readLastKnownLedger(db);
  return {
    ledger: known?.ledger ?? null,
    live: live !== null,
    redisAt: known?.redisAt ?? null,
    losses,
    doubtful,
    voided: Number((voided._sum.storyViews ?? 0n) + (voided._sum.chapterViews ?? 0n)),
  };
}

/** A Redis loses views in all of its shards at once: rows of one cause that end in the same minute are one loss. */
async function readLosses(db: PrismaClient): Promise<Loss[]> {
  const rows = withNumbers(
    await db.knownLoss.findMany({ orderBy: { id: "desc" }, take: LOSSES_SHOWN * SHARDS }),
  );
  const losses = new Map<string, Loss>();
  for (const { id, fromAt, toAt, views, cause, mayRepeat, repeatUntil } of rows) {
    const key = `${cause} ${Math.floor(toAt.getTime() / MINUTE_MS)}`;
    const loss = losses.get(key) ?? { id, fromAt, toAt, views: 0, cause, mayRepeat: 0, repeatUntil };
    losses.set(key, loss);
    loss.views += views;
    loss.mayRepeat += mayRepeat;
    if (fromAt && (!loss.fromAt || fromAt < loss.fromAt)) loss.fromAt = fromAt;
  }
  return [...losses.values()].slice(0, LOSSES_SHOWN);
}
