/** One measurement of one round. */
export interface Sample {
  value: number;
  /** Latencies in ms, where the case has any. */
  p50?: number;
  p95?: number;
  p99?: number;
}

/** Something to measure, in the same round as its reference. */
export interface Case {
  name: string;
  unit: "views/s" | "requests/s" | "s" | "ms" | "µs" | "bytes" | "KB" | "MB" | "cores" | "shift";
  /** The name of the case of this suite that it is compared with. */
  reference?: string;
}

/** Measures one case once. */
export type Measurement = () => Promise<Sample>;

/** A group of cases that share what they need. */
export interface Suite {
  /** References before those that are compared with them. */
  cases: readonly Case[];
  /** How often each case runs. */
  rounds: number;
  /** What a reader of its figures must know about this machine. */
  note?: string;
  /** Starts what these cases need. Returns how to measure each of them, by name. */
  open(names: ReadonlySet<string>): Promise<Record<string, Measurement>>;
  /** Ends what `open` started. */
  close(): Promise<void>;
}

/** A result as `--json` writes it. Values are medians over the rounds; the ratio is the median of each round's own ratio. */
export interface Result {
  name: string;
  value: number;
  unit: Case["unit"];
  reference: string | null;
  referenceValue: number | null;
  ratio: number | null;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

/**
 * Measures the cases in turn, round after round, so that a slow minute of the machine strikes all of them alike. `say` is told
 * what runs now.
 */
export async function measureRounds(
  cases: readonly Case[],
  measurements: Record<string, Measurement>,
  rounds: number,
  say: (line: string) => void,
): Promise<Result[]> {
  const samples = new Map<string, Sample[]>(cases.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round += 1)
    for (const { name } of cases) {
      say(`round ${round} of ${rounds}: ${name}`);
      const measurement = measurements[name];
      if (!measurement) throw new Error(`there is no measurement of ${name}`);
      samples.get(name)?.push(await measurement());
    }
  return cases.map(({ name, unit, reference }) => {
    const mine = samples.get(name) ?? [];
    const compared = (reference && samples.get(reference)) || [];
    return {
      name,
      unit,
      value: median(mine.map(({ value }) => value)) ?? 0,
      reference: reference ?? null,
      referenceValue: median(compared.map(({ value }) => value)),
      ratio: median(compared.map(({ value }, round) => (mine[round]?.value ?? 0) / value)),
      p50: median(mine.flatMap(({ p50 }) => p50 ?? [])),
      p95: median(mine.flatMap(({ p95 }) => p95 ?? [])),
      p99: median(mine.flatMap(({ p99 }) => p99 ?? [])),
    };
  });
}

/** The middle value, or null of none. */
export function median(values: number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}

/** Formats a result for a terminal. */
export function lineOf({ name, value, unit, reference, ratio, p50, p95, p99 }: Result): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 3;
  const shown = value.toLocaleString("en", { maximumFractionDigits: digits });
  const parts = [`${name.padEnd(24)} ${shown.padStart(9)} ${unit}`.padEnd(46)];
  if (reference) parts.push(`${ratio?.toFixed(ratio < 0.1 ? 4 : 2)} of ${reference}`.padEnd(30));
  if (p99 !== null)
    parts.push(
      Object.entries({ p50, p95, p99 })
        .flatMap(([quantile, ms]) => (ms === null ? [] : `${quantile} ${ms.toFixed(1)} ms`))
        .join(", "),
    );
  return parts.join(" ").trimEnd();
}
