import { describe, expect, it } from "vitest";
import {
  type Absence,
  absencesOf,
  FLIP_MS,
  kindOf,
  type ModeMove,
  mergeAbsences,
  splitAtDrillEnd,
} from "../../app/telemetry/merge-absences";
import { createRandom } from "../../prisma/seed/random";

const FROZEN = "no answer within 150 ms";
const CHOSEN = "an operator chose the database: Redis 9";
const DRILL = "drill 3: a rehearsed outage, started by user 1";

const running = () => null;
const move = (at: number, process: string, from: string, to: string, reason = ""): ModeMove => ({
  at,
  process,
  from,
  to,
  reason,
});
const absence = (process: string, from: number, to: number | null, reason = FROZEN): Absence => ({
  process,
  from,
  to,
  ...(kindOf(reason) ?? { kind: "frozen", drill: null }),
  reason,
  journal: false,
});

describe("absences", () => {
  it("tell why by the reason that the process recorded", () => {
    const kinds = [
      [FROZEN, "frozen"],
      ["Redis did not answer within 150 ms", "frozen"],
      ["the connection to Redis was lost", "unreachable"],
      ["no connection to Redis: connect ECONNREFUSED 127.0.0.1:1", "unreachable"],
      ["OOM command not allowed when used memory > 'maxmemory'.", "refusing"],
      [CHOSEN, "chosen"],
      [DRILL, "drill"],
    ] as const;
    for (const [reason, kind] of kinds) expect(kindOf(reason)?.kind).toBe(kind);
    expect(kindOf(DRILL)?.drill).toBe(3);
    expect(kindOf("counting in Redis is switched off")).toBeNull();
  });

  it("last from leaving Redis until coming back, through the journal too", () => {
    const moves = [
      move(10, "a", "redis", "database", FROZEN),
      move(20, "a", "database", "journal", `${FROZEN}; database: no answer`),
      move(30, "a", "journal", "database", FROZEN),
      move(40, "a", "database", "redis", "Redis answers again"),
    ];
    expect(absencesOf(moves, running)).toEqual([{ ...absence("a", 10, 40), journal: true }]);
  });

  it("end when a process that stopped was last seen, and not when its name comes back", () => {
    const moves = [
      move(10, "a", "redis", "database", FROZEN),
      move(90, "a", "started", "redis", "process started"),
      move(95, "b", "redis", "database", FROZEN),
    ];
    const lastSeen = (process: string) => (process === "a" ? 15 : null);
    expect(absencesOf(moves, lastSeen)).toEqual([absence("a", 10, 15), absence("b", 95, null)]);
  });

  it("of a drill belong to Redis once the drill has ended and Redis has not come back", () => {
    const drills = [{ id: 3, from: 0, to: 100_000 }];
    expect(splitAtDrillEnd([absence("a", 1000, 101_000, DRILL)], drills)).toHaveLength(1);
    const [drilled, after] = splitAtDrillEnd([absence("a", 1000, 200_000, DRILL)], drills);
    expect(drilled).toMatchObject({ from: 1000, to: 100_000, kind: "drill" });
    expect(after).toMatchObject({ from: 100_000, to: 200_000, kind: "unreachable", drill: null });
  });
});

describe("outages", () => {
  it("join what several processes saw of one cause, and keep a drill and a choice apart", () => {
    const outages = mergeAbsences([
      absence("b", 2000, 9000, "the connection to Redis was lost"),
      absence("a", 1000, 5000),
      absence("a", 5000 + FLIP_MS, 30_000),
      absence("a", 31_000, 60_000, CHOSEN),
      absence("a", 61_000, null, DRILL),
    ]);
    expect(outages).toMatchObject([
      { from: 1000, to: 30_000, kind: "frozen", reason: FROZEN, processes: ["a", "b"], moves: 3 },
      { from: 31_000, to: 60_000, kind: "chosen", processes: ["a"] },
      { from: 61_000, to: null, kind: "drill", drill: 3 },
    ]);
  });

  it("agree with a model that looks at every second, over random histories", () => {
    const random = createRandom(11);
    for (let round = 0; round < 300; round += 1) {
      const seconds = 200;
      const processes = ["a", "b", "c"].slice(0, random.between(1, 3));
      const moves: ModeMove[] = [];
      /** By cause and second, the processes that were away. */
      const away = new Map<string, Set<string>[]>();
      for (const process of processes) {
        let second = random.between(0, 40);
        moves.push(move(0, process, "started", "redis", "process started"));
        while (second < seconds - 2) {
          const reason = random.pick([FROZEN, FROZEN, CHOSEN, DRILL]);
          const end = Math.min(seconds - 1, second + random.between(1, 25));
          moves.push(move(second * 1000 + 1, process, "redis", "database", reason));
          moves.push(move(end * 1000 + 1, process, "database", "redis", "Redis answers again"));
          for (let each = second; each < end; each += 1) {
            const all = away.get(reason) ?? Array.from({ length: seconds }, () => new Set<string>());
            away.set(reason, all);
            all[each]?.add(process);
          }
          second = end + random.between(1, 30);
        }
      }
      moves.sort((a, b) => a.at - b.at);
      const expected = [...away].flatMap(([reason, all]) =>
        runsOf(all, FLIP_MS / 1000).map((run) => ({ ...run, reason })),
      );
      const order = (a: { from: number; reason: string }, b: { from: number; reason: string }) =>
        a.from - b.from || a.reason.localeCompare(b.reason);
      const found = mergeAbsences(absencesOf(moves, running)).map(
        ({ from, to, reason, processes: names }) => ({
          from,
          to,
          names,
          reason,
        }),
      );
      expect(found.sort(order)).toEqual(expected.sort(order));
    }
  });
});

/** Runs of seconds in which at least one process was away, with gaps of at most `gap` seconds. */
function runsOf(all: Set<string>[], gap: number) {
  const runs: { from: number; to: number; names: string[] }[] = [];
  all.forEach((names, second) => {
    if (names.size === 0) return;
    const last = runs.at(-1);
    const to = (second + 1) * 1000 + 1;
    if (last && second * 1000 + 1 - last.to <= gap * 1000)
      Object.assign(last, { to, names: [...new Set([...last.names, ...names])].sort() });
    else runs.push({ from: second * 1000 + 1, to, names: [...names].sort() });
  });
  return runs;
}
