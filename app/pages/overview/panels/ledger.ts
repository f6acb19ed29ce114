import { withNumbers } from "~/platform/row-numbers";
import type { Ledger } from "~/telemetry/ledger";
import type { PrismaClient } from "../../../../prisma/client/client";
import type { OverviewPanel } from "../overview-panel";

/** The ledger as the page and `/admin/ledger.json` show it. */
export interface LedgerPanel {
  /** Null before the first sync while Redis is unreachable. */
  ledger: Ledger | null;
  /** True if read just now; false if stored by the last sync, which is shown while Redis is unreachable. */
  live: boolean;
  /** Views that Redis lost, newest first. */
  losses: { id: number; fromAt: Date | null; toAt: Date; views: number; cause: string }[];
}

const LOSSES_SHOWN = 5;

/** Where every accepted view is. */
export const ledger: OverviewPanel<LedgerPanel> = {
  name: "The ledger",
  read: ({ db, readLedger }) => readLedgerPanel(db, readLedger),
};

/** Reads the ledger now or, while Redis is unreachable, as the last sync stored it. */
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
  return { ledger: now ?? (stored && fromStored(stored)), live: now !== null, losses: withNumbers(losses) };
}

function fromStored({ at, ...sums }: { at: Date; [name: string]: bigint | number | Date }): Ledger {
  const { id: _, ...counts } = sums;
  const entries = Object.entries(counts).map(([name, value]) => [name, Number(value)]);
  return { at, ...Object.fromEntries(entries) } as Ledger;
}
