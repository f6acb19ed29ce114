import type { Ledger } from "~/telemetry/ledger";
import type { PrismaClient } from "../../../../prisma/client/client";

/** The ledger as people and programs are shown it. */
export interface LedgerPanel {
  /** Null before the first sync, while Redis cannot be asked. */
  ledger: Ledger | null;
  /** Read just now, or what the last sync stored because Redis cannot be asked. */
  live: boolean;
  /** What Redis lost, newest first. */
  losses: { id: number; fromAt: Date | null; toAt: Date; views: number; cause: string }[];
}

const LOSSES_SHOWN = 5;

/** Reads the ledger now, or, with Redis away, as the last sync stored it. Needs Postgres only. */
export async function readLedgerPanel(
  db: PrismaClient,
  readLive: () => Promise<Ledger | null>,
): Promise<LedgerPanel> {
  const [now, stored, losses] = await Promise.all([
    readLive(),
    db.ledgerEntry.findFirst({ orderBy: { id: "desc" } }),
    db.knownLoss.findMany({
      orderBy: { id: "desc" },
      take: LOSSES_SHOWN,
      select: { id: true, fromAt: true, toAt: true, views: true, cause: true },
    }),
  ]);
  return { ledger: now ?? (stored && numbers(stored)), live: now !== null, losses };
}

function numbers({ at, ...sums }: { at: Date; [name: string]: bigint | number | Date }): Ledger {
  const { id: _, ...counts } = sums;
  const entries = Object.entries(counts).map(([name, value]) => [name, Number(value)]);
  return { at, ...Object.fromEntries(entries) } as Ledger;
}
