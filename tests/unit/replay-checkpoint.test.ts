import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readCheckpoint, writeCheckpoint } from "../../scripts/replay/checkpoint";
import { openLogs } from "../../scripts/replay/logs";
import { newTally } from "../../scripts/replay/report";
import { replay } from "../../scripts/replay/run";
import { countingDestination } from "../support/counting-destination";

let directory: string;
const inside = (name: string) => path.join(directory, name);
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "replay-checkpoint-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Every line is another page, so that a line that is offered twice shows. */
const line = (n: number) =>
  `203.0.113.7 - - [10/Nov/2026:08:${String(n % 60).padStart(2, "0")}:00 +0000] "GET /p${n} HTTP/1.1" 200 5 "-" "Firefox"\n`;
const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => line(from + n)).join("");

const pages = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => `/p${from + n}`);

/** One run of the command with `--checkpoint`; it is stopped, as by Ctrl-C, after so many bytes, or fails with that many views. */
async function run(
  files: Record<string, string | Buffer>,
  { stopAfter = Number.POSITIVE_INFINITY, failAfter = Number.POSITIVE_INFINITY, keep = true } = {},
) {
  for (const [name, content] of Object.entries(files)) writeFileSync(inside(name), content);
  const checkpoint = keep ? readCheckpoint(inside("checkpoint"), newTally()) : null;
  const tally = checkpoint?.tally ?? newTally();
  const destination = countingDestination(tally, () => true);
  const { offer } = destination;
  destination.offer = async (views) => {
    if (destination.views.length + views.length > failAfter) throw new Error("the site is gone");
    await offer(views);
  };
  const abort = new AbortController();
  let bytes = 0;
  const problems: string[] = [];
  const replaying = replay({
    logs: await openLogs(Object.keys(files).map(inside)),
    destination,
    tally,
    read: checkpoint?.read ?? [],
    onCheckpoint: (reached) => keep && writeCheckpoint(inside("checkpoint"), reached),
    onProblem: (problem) => problems.push(problem),
    onBytes: (count) => {
      bytes += count;
      if (bytes > stopAfter) abort.abort();
    },
    signal: abort.signal,
  });
  const failed = await replaying.then(
    () => false,
    () => true,
  );
  return { report: tally.report, paths: destination.views.map(({ view }) => view.path), failed, problems };
}

it("reads a log that was given twice, or packed as well, once", async () => {
  const { report, paths } = await run(
    { "access.log": lines(0, 50), "copy.log": lines(0, 50), "access.log.1.gz": gzipSync(lines(0, 50)) },
    { keep: false },
  );
  expect(paths).toEqual(pages(0, 50));
  expect(report).toMatchObject({ lines: 50, skippedLines: 100, counted: 50 });
});

it("reads what a grown copy has more", async () => {
  const { paths } = await run({ "a.log": lines(0, 50), "b.log": lines(0, 60) }, { keep: false });
  expect(paths).toEqual(pages(0, 60));
});

it("goes on where Ctrl-C stopped it, with the whole report at the end", async () => {
  const files = { "access.log": lines(0, 5000) };
  const first = await run(files, { stopAfter: 200_000 });
  expect(first.report.interrupted).toBe(true);
  expect(first.paths.length).toBeGreaterThan(0);
  expect(first.paths.length).toBeLessThan(5000);
  const second = await run(files);
  expect([...first.paths, ...second.paths]).toEqual(pages(0, 5000));
  expect(second.report).toMatchObject({ lines: 5000, counted: 5000, duplicates: 0, interrupted: false });
  const third = await run(files);
  expect(third.paths).toEqual([]);
  expect(third.report).toMatchObject({ lines: 5000, counted: 5000 });
});

it("goes on before the views that failed, when the site was gone", async () => {
  const files = { "access.log": lines(0, 5000) };
  const first = await run(files, { failAfter: 3000 });
  expect(first.failed).toBe(true);
  const second = await run(files);
  expect([...first.paths, ...second.paths]).toEqual(pages(0, 5000));
  expect(second.report.counted).toBe(5000);
});

it("knows a log by what it says, when rotation has renamed and packed it", async () => {
  await run({ "access.log": lines(0, 30) });
  const { paths } = await run({
    "access.log.1.gz": gzipSync(lines(0, 45)),
    "access.log": lines(45, 50),
  });
  expect(paths).toEqual(pages(30, 50));
});

it("goes on after the damage, once a log that was cut short is whole", async () => {
  const whole = gzipSync(lines(0, 3000));
  const first = await run({ "a.log.gz": whole.subarray(0, whole.length - 300) });
  expect(first.problems).toEqual([
    expect.stringMatching(/^a\.log\.gz: .* is cut short\. .*Its first \d+ lines/),
  ]);
  expect(first.report.damagedLogs).toBe(1);
  const second = await run({ "a.log.gz": whole });
  expect(second.report.damagedLogs).toBe(0);
  expect([...first.paths, ...second.paths]).toEqual(pages(0, 3000));
});

it("takes up a last line that the server had not finished, and no other line again", async () => {
  const all = lines(0, 10);
  for (const cut of [1, 20, 60, line(9).length - 1, line(9).length]) {
    rmSync(inside("checkpoint"), { force: true });
    const first = await run({ "access.log": all.slice(0, all.length - line(9).length + cut) });
    const second = await run({ "access.log": `${all}${line(10)}` });
    expect([...first.paths, ...second.paths]).toEqual(pages(0, 11));
  }
});

it("keeps no address", async () => {
  await run({ "access.log": lines(0, 30) });
  expect(readFileSync(inside("checkpoint"), "utf8")).not.toContain("203.0.113");
});

it.each(["", "{}", "[1]", '{"version":2}', lines(0, 2)])("refuses %j as a checkpoint", (content) => {
  writeFileSync(inside("checkpoint"), content);
  expect(() => readCheckpoint(inside("checkpoint"), newTally())).toThrow(/is not a checkpoint of a replay/);
});
