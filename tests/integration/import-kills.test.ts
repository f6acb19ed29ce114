import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { undoImport } from "../../scripts/import-views/manage";
import { dyingPool } from "../support/dying-pool";
import { combinedLine, countPlainly, type PlainVisit } from "../support/import-model";
import {
  countDifferences,
  createTales,
  importFolder,
  readEverything,
  readTales,
  runImport,
  TALES_MAP,
} from "../support/import-site";
import { createTestDatabase } from "../support/services";
import { until } from "../support/until";

const root = fileURLToPath(new URL("../..", import.meta.url));
const HOUR = 3_600_000;
const START = Date.UTC(2025, 2, 1);

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  database = await createTestDatabase();
  await createTales(database.pool, 3);
});
beforeEach(() => reset());
afterAll(() => database?.drop());

async function reset() {
  await database.pool.query(
    `TRUNCATE "ViewImport", "ViewImportFile", "ImportedVisit", "ImportMemory", "ViewHour", "ViewDetailHour", "StaleDay"`,
  );
  await database.pool.query(`UPDATE "Story" SET "readCount" = 0`);
  await database.pool.query(`UPDATE "Chapter" SET "readCount" = 0`);
}

const log = (visits: PlainVisit[]) => visits.map((each) => `${combinedLine(each)}\n`).join("");

const visits = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 5 * 24 * 3600 }).map((second) => START + second * 1000),
    reader: fc.nat(3),
    story: fc.nat(2),
    chapter: fc.nat(2),
  }),
  { minLength: 1, maxLength: 60 },
);

/** A run of the command: of which file, how much of it was there, and at which statement it is killed (0: never). */
const step = fc.record({
  file: fc.nat(2),
  share: fc.integer({ min: 1, max: 4 }),
  killAt: fc.nat(40),
  heard: fc.boolean(),
});

describe("an import that is killed", () => {
  it("ends as one that was not, whatever the logs, their order, their overlaps, the runs and the kills", async () => {
    let killed = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(visits, visits, visits),
        fc.array(step, { minLength: 1, maxLength: 8 }),
        fc.constantFrom(24, 6),
        async (files, steps, windowHours) => {
          await reset();
          const folder = importFolder();
          try {
            // The third file repeats lines of the first one.
            const all = [files[0], files[1], [...files[2], ...files[0].slice(0, 20)]];
            const path = (file: number, share: number) => {
              const lines = all[file] ?? [];
              return folder.write(`${file}.log`, log(lines.slice(0, Math.ceil((lines.length * share) / 4))));
            };
            for (const { file, share, killAt, heard } of steps) {
              const victim = dyingPool(database.url, killAt === 0 ? Number.POSITIVE_INFINITY : killAt, heard);
              await runImport(victim.pool, [path(file, share)], { windowHours }).catch((error: Error) => {
                if (!victim.isDead()) throw error;
                killed += 1;
              });
              await victim.end();
              expect(await countDifferences(database.pool)).toBe(0);
            }
            await runImport(database.pool, [path(0, 4), path(1, 4), path(2, 4)], { windowHours });
            expect(await readTales(database.pool)).toEqual(countPlainly(all.flat(), windowHours * HOUR));
            const before = await readEverything(database.pool);
            await runImport(database.pool, [path(2, 4), path(0, 4), path(1, 4)], { windowHours });
            expect(await readEverything(database.pool)).toEqual(before);
          } finally {
            folder.remove();
          }
        },
      ),
      { numRuns: 25, timeout: 30_000, endOnFailure: true },
    );
    expect(killed, "runs that were really killed").toBeGreaterThan(5);
  }, 120_000);

  it("is undone exactly, also when the undoing is killed at any statement", async () => {
    const folder = importFolder();
    const tale = (reader: number, chapter: number) =>
      Array.from({ length: 20 }, (_, i) => ({ at: START + i * 5 * HOUR, reader, story: i % 3, chapter }));
    await runImport(database.pool, [folder.write("a.log", log(tale(1, 1)))]);
    const before = await readEverything(database.pool);
    const file = folder.write("b.log", log([...tale(1, 2), ...tale(2, 0)]));
    for (let killAt = 1, done = false; !done; killAt += 1) {
      const { import: id } = await runImport(database.pool, [file]);
      const victim = dyingPool(database.url, killAt, killAt % 2 === 0);
      await undoImport(victim.pool, id as number, false).then(
        () => {
          done = true;
        },
        (error: Error) => {
          if (!victim.isDead()) throw error;
        },
      );
      await victim.end();
      expect(await countDifferences(database.pool)).toBe(0);
      await undoImport(database.pool, id as number, false);
      expect(await readEverything(database.pool)).toEqual(before);
    }
    folder.remove();
  });
});

/** Runs the command in a process of its own. It is killed, as the kernel does when memory is short, once so many visits are kept. */
function command(
  args: string[],
  { nodeArgs = [], killAtVisits }: { nodeArgs?: string[]; killAtVisits?: number } = {},
) {
  return new Promise<{ code: number | null; out: string; err: string }>((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [...nodeArgs, "--import", "tsx", "scripts/import-views.ts", ...args],
      {
        cwd: root,
        env: { ...process.env, DATABASE_URL: database.appUrl },
      },
    );
    let out = "";
    let err = "";
    child.stdout.on("data", (data) => {
      out += data;
    });
    child.stderr.on("data", (data) => {
      err += data;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out, err }));
    if (killAtVisits !== undefined)
      until("visits are kept", async () => (await countVisits()) >= killAtVisits).then(
        () => child.kill("SIGKILL"),
        reject,
      );
  });
}

async function countVisits(): Promise<number> {
  const { rows } = await database.pool.query(`SELECT count(*)::int AS visits FROM "ImportedVisit"`);
  return rows[0].visits;
}

describe("a long log", () => {
  it("takes bounded memory, survives kill -9 in the middle, and goes on", async () => {
    const folder = importFolder();
    const all = Array.from({ length: 100_000 }, (_, i) => ({
      at: START + i * 20_000,
      reader: (i * 7919) % 500,
      story: i % 3,
      chapter: i % 3,
    }));
    // Longer in all than the memory that the last run may use.
    const agent = `Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0 ${"x".repeat(700)}`;
    const file = folder.write("long.log", all.map((each) => `${combinedLine(each, agent)}\n`).join(""));
    const map = folder.write("map.yaml", TALES_MAP);
    for (const killAtVisits of [1, 90_000]) {
      const { code } = await command(["--map", map, file], { killAtVisits });
      expect(code, "it was killed").toBeNull();
    }
    expect(await countDifferences(database.pool)).toBe(0);
    const { code, out } = await command(["--map", map, file]);
    expect(code).toBe(0);
    const report = JSON.parse(out);
    expect(report.knownLines).toBeGreaterThan(0);
    expect(report.lines + report.knownLines).toBe(100_000);
    expect(await readTales(database.pool)).toEqual(countPlainly(all, 24 * HOUR));
    await reset();
    const whole = await command(["--map", map, file], { nodeArgs: ["--max-old-space-size=80"] });
    expect(whole.code, whole.err.slice(-500)).toBe(0);
    expect(JSON.parse(whole.out)).toMatchObject({ lines: 100_000, knownLines: 0 });
    expect(await readTales(database.pool)).toEqual(countPlainly(all, 24 * HOUR));
    folder.remove();
  }, 180_000);
});
