import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { parseOptions } from "../../scripts/replay/options";

const root = fileURLToPath(new URL("../..", import.meta.url));
const sample = `${root}/tests/fixtures/access-logs/nginx-main-behind-lb.log`;

/** Runs the command as a shell would. */
function replay(
  args: string[],
  input: string | Buffer = "",
): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", "tsx", "scripts/replay.ts", ...args], { cwd: root });
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
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

describe("the command", () => {
  it("reads a packed log from standard input, and sums up what a dry run found", async () => {
    const { code, out, err } = await replay(["--dry-run", "-"], gzipSync(readFileSync(sample)));
    expect(JSON.parse(out)).toMatchObject({ lines: 6, pageViews: 6, perPath: { "/nl/chapter-1": 6 } });
    expect(err).toMatch(
      /standard input: recognised as combined\nread +6 lines of 1 log [\s\S]*\npage views +6\n +to send +6 /,
    );
    expect(code).toBe(0);
  });

  it("counts nothing, says why and fails if the log is none", async () => {
    const { code, out, err } = await replay(["-"], "203.0.113.7 is not a log\n203.0.113.8 neither\n");
    expect(out).toBe("");
    expect(err).toContain(
      "standard input: looks like combined, but none of its first 2 lines fit. Line 1 does not: <address> is not a log\nNothing was counted.",
    );
    expect(err).not.toContain("203.0.113");
    expect(code).toBe(1);
  });

  it("fails if most of a log stops being understood after its start", async () => {
    const line = readFileSync(sample, "utf8").split("\n")[0];
    const { code, out, err } = await replay(
      ["--dry-run", "-"],
      `${line}\n`.repeat(1000) + "?\n".repeat(1500),
    );
    expect(JSON.parse(out)).toMatchObject({ lines: 2500, malformed: 1500 });
    expect(err).toMatch(/line 1001 is not understood as combined: \?/);
    expect(code).toBe(1);
  });
});

describe("parseOptions", () => {
  it("reads every option", () => {
    const args =
      "--log-format common --trust-proxy 2 --page-extensions .5,CGI --count-without-agent --checkpoint c --base-url http://x --concurrency 9 --json j a.log b.log";
    expect(parseOptions(args.split(" "))).toMatchObject({
      sources: ["a.log", "b.log"],
      formats: [{ name: "common" }],
      trustedProxies: 2,
      pageExtensions: ["5", "cgi"],
      countWithoutAgent: true,
      dryRun: false,
      checkpoint: "c",
      baseUrl: "http://x",
      concurrency: 9,
      json: "j",
    });
    expect(parseOptions(["-"])).toMatchObject({
      sources: ["-"],
      formats: undefined,
      trustedProxies: "private",
    });
    expect(parseOptions(["-h"])).toBeNull();
  });

  it.each([
    ["", /give one access log or more/],
    ["--concurrency 0 a", /--concurrency: must be a whole number from 1 to 500/],
    ["--trust-proxy -- a", /trust-proxy/],
    ["--trust-proxy x a", /--trust-proxy: must be a whole number from 0 to 50/],
    ["--page-extensions a/b a", /"a\/b" is not an extension/],
    ["--checkpoint c -", /standard input cannot be read again/],
    ["--checkpoint c --dry-run a", /a dry run sends nothing/],
    ["--log-format x a", /"x" is neither json, w3c/],
    ["--nonsense a", /--nonsense/],
  ])("refuses %j", (args, message) => {
    expect(() => parseOptions(args.split(" ").filter(Boolean))).toThrow(message);
  });
});
