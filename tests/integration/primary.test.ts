import { type ChildProcess, spawn } from "node:child_process";
import { afterEach, expect, it } from "vitest";
import { ended, isAlive, withChildren } from "../../scripts/services/process";
import { until } from "../support/until";

let primary: ChildProcess;
let output = "";
afterEach(() => primary.kill("SIGKILL"));

function start(what: "exit" | "listen") {
  output = "";
  primary = spawn(process.execPath, ["--import", "tsx", "tests/support/dying-web-processes.ts", what]);
  for (const stream of [primary.stdout, primary.stderr]) stream?.on("data", (data) => (output += data));
}
const children = () => withChildren(primary.pid ?? 0).slice(1);
const twoListen = () => until("two processes run", () => children().length === 2);

it("gives up with a clear line when the web processes end as soon as they start", async () => {
  start("exit");
  expect(await ended(primary)).toEqual({ code: 1, signal: null });
  expect(output).toMatch(
    /"msg":"web process \d ended with code 3, and none is left that listens: giving up\./,
  );
});

it("ends with code 0 once all of its processes have stopped", async () => {
  start("listen");
  await twoListen();
  const pids = children();
  primary.kill("SIGTERM");
  expect(await ended(primary)).toEqual({ code: 0, signal: null });
  expect(pids.filter(isAlive)).toEqual([]);
});
