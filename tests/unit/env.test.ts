import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BadSetting, readEnv } from "../../app/platform/env";

const required = {
  DATABASE_URL: "postgresql://user:password@localhost:5432/tidemark",
  SESSION_SECRET: "a secret of the tests",
};
const documented = Object.fromEntries(
  [...readFileSync(".env.example", "utf8").matchAll(/^# ([A-Z][A-Z_]*)=(.*)$/gm)].map(([, name, value]) => [
    name,
    value,
  ]),
);
/** The variables in readEnv's schema. */
const known = Object.keys(readSchemaNames());

function readSchemaNames(): Record<string, true> {
  const source = readFileSync("app/platform/env.ts", "utf8");
  const body = source.slice(
    source.indexOf("z.object({"),
    source.indexOf("});", source.indexOf("z.object({")),
  );
  return Object.fromEntries([...body.matchAll(/^\s+([A-Z][A-Z_]+):/gm)].map(([, name]) => [name, true]));
}

describe(".env.example", () => {
  it("lists every variable that the site reads, and no other", () => {
    expect(known.length).toBeGreaterThan(15);
    expect(Object.keys(documented).sort()).toEqual([...known].sort());
  });

  it("gives each variable the default that the site uses", () => {
    const env: Record<string, unknown> = readEnv(environmentOf(required));
    for (const [name, value] of Object.entries(documented)) {
      if (name in required) expect(value, name).toBe("");
      else expect(value, name).toBe(String(env[name] ?? ""));
    }
  });

  it("is accepted as it stands, uncommented, once the required variables are set", () => {
    expect(readEnv(environmentOf({ ...documented, ...required }))).toEqual(readEnv(environmentOf(required)));
  });

  it("explains each variable in a sentence above it", () => {
    const lines = readFileSync(".env.example", "utf8").split("\n");
    for (const name of Object.keys(documented)) {
      const above = lines[lines.findIndex((line) => line.startsWith(`# ${name}=`)) - 1];
      expect(above, name).toMatch(/^# .{10,}/);
    }
  });
});

describe("SESSION_SECRET", () => {
  const secretsOf = (text: string) =>
    readEnv(environmentOf({ ...required, SESSION_SECRET: text })).SESSION_SECRET;

  it("may be a list, of which the first is the newest", () => {
    const [newest, old] = ["a".repeat(32), "b".repeat(32)];
    expect(secretsOf(newest)).toEqual([newest]);
    expect(secretsOf(`${newest}, ${old}`).slice(0, 2)).toEqual([newest, old]);
  });

  it("may be a sentence with commas, as before", () => {
    expect(secretsOf("only for tests, as it is written here")).toEqual([
      "only for tests, as it is written here",
    ]);
    const long = "a sentence that is long enough, and another that is long enough";
    expect(secretsOf(long), "what it signed is still read").toContain(long);
  });
});

describe("a bad value", () => {
  it.each([
    ["PORT", "eighty"],
    ["PORT", "70000"],
    ["NODE_ENV", "staging"],
    ["DATABASE_URL", "mysql://localhost/tidemark"],
    ["REDIS_URL", "localhost:6379"],
    ["REDIS_PREFIX", "{staging}"],
    ["REDIS_PREFIX", "staging site"],
    ["REDIS_PREFIX", "s".repeat(33)],
    ["SESSION_SECRET", "short"],
    ["VIEW_TRACKING_REDIS_ENABLED", "maybe"],
    ["VIEW_DEDUP_TTL_HOURS", "169"],
    ["VIEW_REDIS_TIMEOUT_MS", "5"],
    ["TRUST_PROXY", "-1"],
    ["LOG_LEVEL", "loud"],
  ])("of %s (%s) is refused in one line that names it without its value", (name, value) => {
    const message = refusal({ ...required, [name]: value });
    expect(message).toContain(name);
    expect(message).not.toContain("\n");
    expect(message).not.toContain(value);
  });

  it.each(["DATABASE_URL", "SESSION_SECRET"])("%s may not be missing", (name) => {
    expect(refusal({ ...required, [name]: "" })).toMatch(new RegExp(`^${name}: is required`));
  });

  it("REDIS_URL is required once views are to be counted in Redis", () => {
    expect(refusal({ ...required, VIEW_TRACKING_REDIS_ENABLED: "true" })).toMatch(/^REDIS_URL: /);
  });

  it("PUBLIC_URL is required in production once the network reaches the site", () => {
    for (const HOST of ["0.0.0.0", "::", "192.0.2.7", "site.internal"]) {
      expect(refusal({ ...required, HOST }), HOST).toMatch(/^PUBLIC_URL: is required/);
      readEnv(environmentOf({ ...required, HOST, PUBLIC_URL: "https://stories.example" }));
      readEnv(environmentOf({ ...required, HOST, NODE_ENV: "test" }));
    }
    for (const HOST of ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
      readEnv(environmentOf({ ...required, HOST }));
  });

  it("VIEW_CLOCK=request is refused in production", () => {
    expect(refusal({ ...required, VIEW_CLOCK: "request" })).toMatch(/^VIEW_CLOCK: /);
    expect(readEnv(environmentOf({ ...required, VIEW_CLOCK: "request", NODE_ENV: "test" })).VIEW_CLOCK).toBe(
      "request",
    );
  });
});

function refusal(given: Record<string, string>): string {
  try {
    readEnv(environmentOf(given));
  } catch (error) {
    expect(error).toBeInstanceOf(BadSetting);
    return (error as Error).message;
  }
  throw new Error("The value was accepted.");
}

/** A framework's types make NODE_ENV part of every environment; readEnv itself does not need it. */
function environmentOf(given: Record<string, string | undefined>): NodeJS.ProcessEnv {
  return given as NodeJS.ProcessEnv;
}
