import { freePort } from "../../scripts/services/free-port";
import { ended, sleep, stopProcess } from "../../scripts/services/process";
import { scratchFolder, spawnReaped } from "../../scripts/services/reaper";
import type { Suite } from "./measure";

const TIMEOUT_MS = 120_000;

/** From `npm start` to the first page of a site whose packages, build and data are there. */
export function startSuite(): Suite {
  const data = scratchFolder("bench-start");
  return {
    cases: [{ name: "start-second", unit: "s" }],
    rounds: 5,
    async open() {
      await secondsToFirstPage(data);
      return { "start-second": async () => ({ value: await secondsToFirstPage(data) }) };
    },
    async close() {},
  };
}

async function secondsToFirstPage(data: string): Promise<number> {
  const port = await freePort();
  const startedAt = performance.now();
  const npm = process.env.npm_execpath;
  const [program, args] = npm?.endsWith(".js") ? [process.execPath, [npm]] : ["npm", []];
  const child = spawnReaped(program, [...args, "start", "--", "--data", data, "--small-seed"], {
    env: { ...process.env, PORT: String(port) },
    detached: true,
    endWith: "SIGTERM",
    outputs: ["ignore", "inherit"],
  });
  const gone = ended(child);
  try {
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => null);
      if (answer?.ok) return (performance.now() - startedAt) / 1000;
      if (await Promise.race([gone, sleep(10)])) throw new Error("npm start ended before it answered");
      if (performance.now() - startedAt > TIMEOUT_MS) throw new Error("npm start did not answer");
    }
  } finally {
    if (child.pid !== undefined) await stopProcess(child.pid, "SIGTERM", 30_000);
    await gone;
  }
}
