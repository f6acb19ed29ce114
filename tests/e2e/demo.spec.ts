import { ended, stopProcess } from "../../scripts/services/process";
import { spawnReaped } from "../../scripts/services/reaper";
import type { Site } from "./site";
import { expect, test } from "./test";

const KEY = "demo.readers";

/** Runs `npm run demo` against the site, from source. */
function runDemo(site: Site, args: string[], env: Record<string, string> = {}) {
  const child = spawnReaped(process.execPath, ["--import", "tsx", "scripts/demo.ts", ...args], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_ENV: "test",
      DATABASE_URL: site.databaseUrl,
      SEED_DEMO: "true",
      ...env,
    },
    endWith: "SIGTERM",
    outputs: ["pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (data) => {
      output += data;
    });
  return {
    output: () => output,
    ended: ended(child),
    stop: async () => {
      if (child.pid !== undefined) await stopProcess(child.pid, "SIGTERM", 10_000);
    },
  };
}

/** Views that the site has accepted, wherever they are. */
async function accepted(site: Site): Promise<number> {
  const answer = await fetch(`${site.origin}/admin/ledger.json`, {
    headers: { Cookie: await site.session("OPS") },
  });
  return ((await answer.json()) as { accepted: number }).accepted;
}

/** What came in during the ten seconds that the web process reported last: the readers make some hundred visits in that time. */
async function visitsInNewestSample(site: Site): Promise<number> {
  const { redis, database, duplicates, excluded } = await site.db.sample.findFirstOrThrow({
    where: { role: "web" },
    orderBy: { id: "desc" },
  });
  return redis + database + duplicates + excluded;
}

test("an operator stops and starts the demo's readers, who follow within seconds", async ({ site, page }) => {
  test.setTimeout(120_000);
  // Fast enough that each sample has some.
  await site.db.setting.create({ data: { key: KEY, value: { on: true, perSecond: 20 } } });
  const readers = runDemo(site, ["--follow", site.origin]);
  try {
    const before = await accepted(site);
    await expect.poll(() => accepted(site), { timeout: 40_000 }).toBeGreaterThan(before);
    await site.signIn(page.context(), "OPS");
    await page.goto("/admin");
    const demo = page.getByRole("region", { name: "Demo" });
    await expect(demo).toContainText("Demo readers: on, about 20/s");
    await demo.getByRole("button", { name: "Stop the demo readers" }).click();
    await expect(demo).toContainText("Demo readers: off");
    await expect(demo.getByRole("status")).toContainText("stop within two seconds");
    expect((await site.db.setting.findUniqueOrThrow({ where: { key: KEY } })).value).toEqual({
      on: false,
      perSecond: 20,
    });
    const audit = await site.db.auditEvent.findFirstOrThrow({ where: { action: "demo.stop-readers" } });
    expect(audit.actorId).toBe(
      (await site.db.user.findUniqueOrThrow({ where: { email: "ops@tidemark.example" } })).id,
    );
    await expect.poll(() => visitsInNewestSample(site), { timeout: 40_000 }).toBe(0);
    const stopped = await accepted(site);
    await demo.getByRole("button", { name: "Start the demo readers" }).click();
    await expect(demo).toContainText("Demo readers: on");
    await expect.poll(() => accepted(site), { timeout: 20_000 }).toBeGreaterThan(stopped);
    expect(readers.output()).toBe("");

    const command = runDemo(site, ["--rate", "3"]);
    await command.ended;
    expect(command.output()).toBe("The demo's readers: 3 requests per second.\n");
    await page.reload();
    await expect(demo).toContainText("on, about 3/s");
  } finally {
    await readers.stop();
    await site.db.setting.delete({ where: { key: KEY } });
  }
});

test("made-up readers are refused where the site is not a demo, by the command and by the page", async ({
  site,
  page,
}) => {
  const command = runDemo(site, ["--rate", "2"], {
    SEED_DEMO: "false",
    PUBLIC_URL: "https://stories.example",
  });
  await command.ended;
  expect(command.output()).toContain("demo: this is not a demo site");
  const web = await site.startWeb({ SEED_DEMO: "false" });
  try {
    const headers = { Cookie: await site.session("OPS") };
    const shown = await (await fetch(`${web.origin}/admin`, { headers })).text();
    expect(shown).not.toContain("Demo readers");
    const answer = await fetch(`${web.origin}/admin?index`, {
      method: "POST",
      headers: { ...headers, Origin: web.origin },
      body: new URLSearchParams({ intent: "demo-readers", on: "true" }),
    });
    expect(await answer.text()).toContain("this site is not a demo");
  } finally {
    await web.stop();
  }
  expect(await site.db.setting.count({ where: { key: KEY } })).toBe(0);
  // A reader may not, either.
  await site.signIn(page.context(), "READER");
  const forbidden = await page.request.post(`${site.origin}/admin?index`, {
    headers: { Origin: site.origin },
    form: { intent: "demo-readers", on: "true" },
  });
  expect(forbidden.status()).toBe(403);
});
