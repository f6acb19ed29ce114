import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { dryRun } from "../../scripts/replay/dry-run";
import { FORMATS, recognise } from "../../scripts/replay/formats/recognise";
import { openLogs } from "../../scripts/replay/logs";
import { pageOf } from "../../scripts/replay/page-view";
import { readerAddress } from "../../scripts/replay/reader-address";
import { newTally } from "../../scripts/replay/report";
import type { LoggedRequest } from "../../scripts/replay/request";
import { replay, UNKNOWN_BROWSER } from "../../scripts/replay/run";
import { countingDestination } from "../support/counting-destination";
import { type Kind, workOut } from "../support/log-oracle";

const folder = new URL("../fixtures/access-logs/", import.meta.url).pathname;

/** The samples, with the readers that a person finds in them. */
const samples: [string, Kind, string, Record<string, number>][] = [
  ["caddy.jsonl", "caddy", "json", { "/cj/chapter-1": 6 }],
  ["case-and-dots.log", "text", "combined", { "/cd/Chapter-1": 1, "/cd/chapter-1": 1, "/cd/index.php": 1 }],
  ["common-no-agent.log", "text", "common", {}],
  ["iis-w3c.log", "iis", "w3c", { "/ii/chapter-1": 6 }],
  ["nasa-hostnames.log", "text", "common", {}],
  ["nginx-main-behind-lb.log", "text", "combined", { "/nl/chapter-1": 6 }],
  ["nginx-main.log", "text", "combined", { "/nm/chapter-2": 3, "/nm/chapter-1": 3 }],
  ["unescaped-quote.log", "text", "combined", { "/uq/chapter-1": 3 }],
  ["xff-list-first.log", "text", "combined", { "/xf/chapter-1": 4 }],
];

async function run(file: string, standInAgent?: string) {
  const tally = newTally();
  const destination = countingDestination(tally, (agent) => agent !== null);
  const logs = await openLogs([folder + file]);
  await replay({ logs, destination, tally, ...(standInAgent && { standInAgent }) });
  return { report: tally.report, readers: destination.readers };
}

it.each(samples)("counts the readers of %s", async (file, kind, format, readers) => {
  const { report, readers: found } = await run(file);
  const expected = workOut(kind, readFileSync(folder + file, "utf8"));
  expect(found).toEqual(expected.readers);
  expect(found).toEqual(readers);
  expect(report).toMatchObject({
    lines: expected.lines,
    pageViews: expected.pageViews,
    noAgent: expected.noAgent,
    malformed: 0,
    logs: [{ name: file, format }],
  });
});

it.each(samples)("finds the same views in a dry run of %s", async (file, kind) => {
  const tally = newTally();
  await replay({ logs: await openLogs([folder + file]), destination: dryRun(tally, () => {}), tally });
  const expected = workOut(kind, readFileSync(folder + file, "utf8"));
  expect(tally.report).toMatchObject({ pageViews: expected.pageViews, noAgent: expected.noAgent, bots: 0 });
  expect(Object.keys(tally.report.perPath).sort()).toEqual(Object.keys(expected.readers).sort());
});

it.each([
  ["common-no-agent.log", { "/cl/chapter-1": 6 }],
  ["nasa-hostnames.log", { "/nh/countdown": 3 }],
])("counts each address of %s as a reader, if asked to", async (file, readers) => {
  const { readers: found, report } = await run(file, UNKNOWN_BROWSER);
  expect(found).toEqual(readers);
  expect(found).toEqual(workOut("text", readFileSync(folder + file, "utf8"), true).readers);
  expect(report.noAgent).toBe(0);
});

it("does not send those as a robot's views", async () => {
  const tally = newTally();
  const logs = await openLogs([`${folder}common-no-agent.log`]);
  await replay({ logs, destination: dryRun(tally, () => {}), tally, standInAgent: UNKNOWN_BROWSER });
  expect(tally.report).toMatchObject({ bots: 0, noAgent: 0, perPath: { "/cl/chapter-1": 6 } });
});

it("reads the examples in the README as what they are said to be", async () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const table = readme.split("<!-- A test reads these lines. -->")[1]?.split("\n\n")[0] ?? "";
  const rows = table.split("\n").flatMap((row) => {
    const [, format = "", line] = /^\| (?:`(\w+)`)?.*\| `([^`]*)` \|$/.exec(row) ?? [];
    return line === undefined ? [] : [{ format, line }];
  });
  expect(rows).toHaveLength(8);
  expect(new Set(rows.map(({ format }) => format).filter(Boolean))).toEqual(
    new Set(FORMATS.map(({ name }) => name)),
  );
  for (const { format, line } of rows.slice(0, -2)) {
    const found = recognise([line]);
    expect(found).toMatchObject({ format: { name: format }, fitting: 1 });
    const request = found.format.open()(line) as LoggedRequest;
    expect(pageOf(request)).toBe("/chapter-1");
    expect(readerAddress(request, "private")).toBe("203.0.113.7");
    if (format !== "common") expect(request.agent).toBe("Mozilla/5.0 (X11; Linux x86_64) Firefox/132.0");
  }
  const w3c = recognise(rows.slice(-2).map(({ line }) => line));
  expect(w3c).toMatchObject({
    format: { name: "w3c" },
    fitting: 1,
    firstTime: Date.parse("2026-11-10T08:01:00Z"),
  });
});
