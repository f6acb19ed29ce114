import pino from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createLogIn, type LogIn } from "../../app/auth/log-in";
import { createLogInTries, LIMITS } from "../../app/auth/log-in-tries";
import { hashPassword } from "../../app/auth/passwords";
import { createSecondFactors } from "../../app/auth/second-factor";
import { createSecurityEvents } from "../../app/auth/security-events";
import { createGate } from "../../app/platform/gate";
import { createSecretBox } from "../../app/platform/secret-box";
import { createTestDatabase } from "../support/services";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let userId: number;
let address = 0;
const log = pino({ level: "silent" });
const SECRET = "a secret of the tests";
const events: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const user = await database.db.user.create({
    data: { email: "ada@example.com", name: "Ada", passwordHash: await hashPassword("low water") },
  });
  userId = user.id;
});
beforeEach(async () => {
  await database.pool.query(`DELETE FROM "LogInTry"`);
  events.length = 0;
});
afterAll(() => database?.drop());

/** The log-in of one web process. */
function makeLogIn({ demo = true, gate = createGate({ atOnce: 2, waiting: 20 }) } = {}): LogIn {
  const { db, pool } = database;
  return createLogIn({
    db,
    tries: createLogInTries(pool, SECRET),
    gate,
    secondFactors: createSecondFactors(db, createSecretBox([SECRET], "second factor")),
    security: createSecurityEvents({
      pool,
      count: (event) => events.push(event),
      onError: (error) => {
        throw error;
      },
    }),
    cookies: { secrets: [SECRET], secure: false },
    demo,
  });
}

/** An address that was never used before, or this one. */
const from = (given?: string, cookie: string | null = null) => {
  address += 1;
  return { address: given ?? `198.51.${Math.floor(address / 250)}.${(address % 250) + 1}`, cookie, log };
};

const tries = async () =>
  (await database.pool.query(`SELECT tries FROM "LogInTry"`)).rows.map((row) => row.tries);

/** The wait, seconds, of whoever has failed most often, whatever of it is over. */
async function longestWait() {
  const { rows } = await database.pool.query(
    `SELECT round(extract(epoch FROM "openAt" - "forgetAt") + $1)::int AS wait FROM "LogInTry" ORDER BY tries DESC LIMIT 1`,
    [LIMITS.account.forgetAfter],
  );
  return rows[0].wait;
}

/** As if this many seconds had passed. */
const pass = (seconds: number) =>
  database.pool.query(
    `UPDATE "LogInTry" SET "openAt" = "openAt" - make_interval(secs => $1), "forgetAt" = "forgetAt" - make_interval(secs => $1)`,
    [seconds],
  );

describe("the check of passwords", () => {
  it("gives the same answer for a wrong password, an unknown user and an address that cannot be", async () => {
    const logIn = makeLogIn();
    for (const [email, password] of [
      ["ada@example.com", "high water"],
      ["eve@example.com", "low water"],
      ["a\0b@example.com", ""],
      ["ada@example.com", "x".repeat(5000)],
    ] as const)
      expect(await logIn.checkPassword(email, password, from())).toEqual({ result: "wrong" });
    expect(await logIn.checkPassword(" Ada@Example.com ", "low water", from())).toMatchObject({
      result: "ok",
    });
  });

  it("counts every wrong password for its address and its account, and no right one", async () => {
    const logIn = makeLogIn();
    for (let n = 0; n < 4; n += 1) await logIn.checkPassword("ada@example.com", "wrong", from("192.0.2.1"));
    expect(await tries()).toEqual([4, 4]);
    expect(await logIn.checkPassword("ada@example.com", "low water", from("192.0.2.1"))).toMatchObject({
      result: "ok",
    });
    expect(await tries(), "the account's failures are forgotten, the address's are not").toEqual([4]);
  });

  it("keeps an address waiting after ten wrong passwords, whatever the account, in all processes", async () => {
    const [one, other] = [makeLogIn(), makeLogIn()];
    for (let n = 0; n < 10; n += 1)
      expect(
        (await (n % 2 ? one : other).checkPassword(`u${n}@example.com`, "wrong", from("192.0.2.7"))).result,
      ).toBe("wrong");
    for (const logIn of [one, other]) {
      const refused = await logIn.checkPassword("ada@example.com", "low water", from("192.0.2.7"));
      expect(refused).toMatchObject({ result: "limited" });
      expect(refused.result === "limited" && refused.waitSeconds).toBeLessThanOrEqual(60);
    }
    expect((await one.checkPassword("ada@example.com", "low water", from())).result, "from elsewhere").toBe(
      "ok",
    );
  });

  it("takes a /56 of IPv6 for one address, and an IPv4 address in IPv6 for itself", async () => {
    const logIn = makeLogIn();
    for (let n = 0; n < 10; n += 1)
      await logIn.checkPassword(
        `v${n}@example.com`,
        "wrong",
        from(`2001:db8:0:1${(n + 16).toString(16)}::${n}`),
      );
    expect((await logIn.checkPassword("w@example.com", "wrong", from("2001:db8:0:1ff::9"))).result).toBe(
      "limited",
    );
    expect((await logIn.checkPassword("w@example.com", "wrong", from("2001:db8:0:200::9"))).result).toBe(
      "wrong",
    );
    for (let n = 0; n < 10; n += 1)
      await logIn.checkPassword(`x${n}@example.com`, "wrong", from(n % 2 ? "192.0.2.9" : "::ffff:192.0.2.9"));
    expect((await logIn.checkPassword("w@example.com", "wrong", from("192.0.2.9"))).result).toBe("limited");
  });

  it("slows down guesses at one account from many addresses, and lets the right password in after the wait", async () => {
    const logIn = makeLogIn();
    const guess = async () => (await logIn.checkPassword("ada@example.com", "wrong", from())).result;
    for (let n = 0; n < LIMITS.account.free; n += 1) expect(await guess()).toBe("wrong");
    expect(await guess()).toBe("limited");
    const waits: number[] = [];
    for (let n = 0; n < 8; n += 1) {
      // A process of its own, which remembers no wait.
      const refused = await makeLogIn().checkPassword("ada@example.com", "low water", from());
      if (refused.result !== "limited") throw new Error("it is limited");
      waits.push(await longestWait());
      await pass(refused.waitSeconds);
      expect((await makeLogIn().checkPassword("ada@example.com", "wrong", from())).result).toBe("wrong");
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 60, 60, 60]);
    await pass(60);
    expect((await makeLogIn().checkPassword("ada@example.com", "low water", from())).result).toBe("ok");
  });

  it("lets a browser in that has logged in before, while strangers keep the account and its address waiting", async () => {
    const set = await makeLogIn().rememberBrowser(userId, null);
    const cookie = set?.split(";")[0] ?? "";
    for (let n = 0; n < 12; n += 1)
      await makeLogIn().checkPassword("ada@example.com", "wrong", from("192.0.2.30"));
    expect((await makeLogIn().checkPassword("ada@example.com", "low water", from("192.0.2.30"))).result).toBe(
      "limited",
    );
    expect(
      (await makeLogIn().checkPassword("ada@example.com", "low water", from("192.0.2.30", cookie))).result,
    ).toBe("ok");
    for (let n = 0; n < LIMITS.browser.free; n += 1)
      await makeLogIn().checkPassword("ada@example.com", "wrong", from("192.0.2.30", cookie));
    expect(
      (await makeLogIn().checkPassword("ada@example.com", "low water", from(undefined, cookie))).result,
    ).toBe("limited");
    expect(await makeLogIn().rememberBrowser(userId, cookie), "it keeps its cookie").toBeNull();
  });

  it("knows no browser any more that knew an earlier password", async () => {
    const cookie = (await makeLogIn().rememberBrowser(userId, null))?.split(";")[0] ?? "";
    const { passwordHash } = await database.db.user.findUniqueOrThrow({ where: { id: userId } });
    const change = (hash: string) =>
      database.db.user.update({ where: { id: userId }, data: { passwordHash: hash } });
    await change(await hashPassword("another password"));
    for (let n = 0; n < LIMITS.account.free; n += 1)
      await makeLogIn().checkPassword("ada@example.com", "wrong", from("192.0.2.31"));
    expect(
      (await makeLogIn().checkPassword("ada@example.com", "another password", from("192.0.2.32", cookie)))
        .result,
    ).toBe("limited");
    await change(passwordHash);
  });

  it("lets no more guesses through when they come at the same time", async () => {
    const logIn = makeLogIn({ gate: createGate({ atOnce: 20, waiting: 100 }) });
    const results = await Promise.all(
      Array.from({ length: 30 }, () => logIn.checkPassword("ada@example.com", "wrong", from())),
    );
    // A slow machine may need longer than the first wait of two seconds, after which one more is due.
    const wrong = results.filter(({ result }) => result === "wrong").length;
    expect(wrong).toBeGreaterThanOrEqual(LIMITS.account.free);
    expect(wrong).toBeLessThanOrEqual(LIMITS.account.free + 2);
  });

  it("checks two at a time, lets twenty wait, and refuses the others without counting them", async () => {
    const gate = createGate({ atOnce: 2, waiting: 20 });
    let running = 0;
    let most = 0;
    const logIn = makeLogIn({
      gate: {
        run: (work) =>
          gate.run(async () => {
            running += 1;
            most = Math.max(most, running);
            return work().finally(() => {
              running -= 1;
            });
          }),
      },
    });
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, n) => logIn.checkPassword(`y${n}@example.com`, "wrong", from())),
    );
    expect(results.filter(({ result }) => result === "busy")).toHaveLength(8);
    expect(results.filter(({ result }) => result === "wrong")).toHaveLength(22);
    expect(most).toBe(2);
    expect(await tries()).toHaveLength(44);
  });

  it("refuses a public password where the site is not a demo", async () => {
    await database.db.user.create({
      data: { email: "ops@tidemark.example", name: "Ops", passwordHash: await hashPassword("tide-demo-ops") },
    });
    expect(
      await makeLogIn({ demo: false }).checkPassword("ops@tidemark.example", "tide-demo-ops", from()),
    ).toEqual({
      result: "demo",
    });
    expect((await makeLogIn().checkPassword("ops@tidemark.example", "tide-demo-ops", from())).result).toBe(
      "ok",
    );
  });

  it("stores no address and no account in clear", async () => {
    await makeLogIn().checkPassword("ada@example.com", "wrong", from("192.0.2.44"));
    const { rows } = await database.pool.query(`SELECT t::text, encode(who, 'escape') FROM "LogInTry" t`);
    expect(rows).toHaveLength(2);
    expect(JSON.stringify(rows)).not.toMatch(/192\.0\.2|ada@/);
  });
});

describe("security events", () => {
  it("are counted, and failures per minute in Postgres", async () => {
    const failures = async () =>
      (await database.db.logInFailure.aggregate({ _sum: { failures: true } }))._sum.failures ?? 0;
    const before = await failures();
    const logIn = makeLogIn();
    for (let n = 0; n < 6; n += 1) await logIn.checkPassword("ada@example.com", "wrong", from());
    expect(events).toEqual([...Array(5).fill("log-in-failed"), "log-in-limited"]);
    await expect.poll(failures).toBe(before + 5);
  });
});
