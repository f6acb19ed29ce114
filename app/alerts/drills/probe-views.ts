import { randomBytes } from "node:crypto";
import type { Outcome } from "~/tracker/outcome";
import { probeView } from "~/tracker/probe";
import type { View } from "~/tracker/view";
import { PROBES_PER_PROCESS } from "./limits";

/** How many bytes make a viewer's key, which is as long as that of an anonymous reader. */
const KEY_BYTES = 6;

/**
 * Counts a few views of a hidden target the way readers' views are counted, so that a drill proves the fallback and reconcile on an
 * idle site too. Samples and metrics, which speak of readers, do not have them. Never rejects. @returns how many the database took.
 */
export async function sendProbes(record: (view: View) => Promise<Outcome>, now: number): Promise<number> {
  const outcomes = await Promise.all(
    Array.from({ length: PROBES_PER_PROCESS }, () =>
      record(probeView(randomBytes(KEY_BYTES).toString("base64url"), now)),
    ),
  );
  return outcomes.filter(({ path }) => path === "database").length;
}
