import { Secret, TOTP } from "otpauth";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createCodeStep } from "../../app/auth/code-step";
import {
  createSecondFactors,
  resealSecondFactors,
  SECOND_FACTOR_BOX,
  type SecondFactors,
} from "../../app/auth/second-factor";
import { createSecretBox } from "../../app/platform/secret-box";
import { createTestDatabase } from "../support/services";

const SECRET = "a secret of the tests";
const EMAIL = "ada@example.com";
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let factors: SecondFactors;
let userId: number;
/** Unix ms, in the middle of a step. */
let now = 1_800_000_015_000;

beforeAll(async () => {
  database = await createTestDatabase();
  factors = createSecondFactors(database.db, createSecretBox([SECRET], "second factor"), () => now);
  const user = await database.db.user.create({ data: { email: EMAIL, name: "Ada", passwordHash: "x" } });
  userId = user.id;
});
beforeEach(async () => {
  await database.db.secondFactor.deleteMany();
  now += 3_600_000;
});
afterAll(() => database?.drop());

/** Sets up an app, and confirms it. */
async function setUp() {
  expect(await factors.begin(userId)).toBe(true);
  const state = await factors.stateOf({ id: userId, email: EMAIL });
  if (state.state !== "pending") throw new Error("it is being set up");
  const app = new TOTP({ secret: Secret.fromBase32(state.secret) });
  const recoveryCodes = await factors.confirm(userId, code(app));
  if (!recoveryCodes) throw new Error("its first code is right");
  return { app, recoveryCodes, state };
}

const code = (app: TOTP, seconds = 0) => app.generate({ timestamp: now + seconds * 1000 });

describe("a second factor", () => {
  it("is on only after the app has shown a right code", async () => {
    await factors.begin(userId);
    expect(await factors.isOn(userId)).toBe(false);
    expect(await factors.confirm(userId, "000000")).toBeNull();
    expect(await factors.isOn(userId)).toBe(false);
    const { state } = await setUp();
    expect(state.qrCode.path).toMatch(/^M4 4h1v1h-1z/);
    expect(await factors.isOn(userId)).toBe(true);
    expect(await factors.begin(userId), "it cannot be replaced without being switched off").toBe(false);
    expect(await factors.confirm(userId, "000000")).toBeNull();
  });

  it("takes each code once, and none from before the last one", async () => {
    const { app } = await setUp();
    expect(await factors.check(userId, code(app)), "it confirmed the app").toBe("wrong");
    now += 60_000;
    const [earlier, current] = [code(app, -30), code(app)];
    expect(await factors.check(userId, ` ${current.slice(0, 3)} ${current.slice(3)} `)).toBe("app");
    expect(await factors.check(userId, current)).toBe("wrong");
    expect(await factors.check(userId, earlier)).toBe("wrong");
    now += 30_000;
    const next = code(app);
    const both = await Promise.all([factors.check(userId, next), factors.check(userId, next)]);
    expect(both.sort(), "sent twice at the same time").toEqual(["app", "wrong"]);
  });

  it("takes codes of clocks that differ by half a minute, and no older or later ones", async () => {
    const { app } = await setUp();
    now += 600_000;
    expect(await factors.check(userId, code(app, -60))).toBe("wrong");
    expect(await factors.check(userId, code(app, 60))).toBe("wrong");
    expect(await factors.check(userId, code(app, -30))).toBe("app");
    expect(await factors.check(userId, code(app, 30))).toBe("app");
  });

  it("takes each recovery code once, however it is typed, and new ones end the old ones", async () => {
    const { recoveryCodes } = await setUp();
    expect(new Set(recoveryCodes).size).toBe(10);
    const [first = "", second = ""] = recoveryCodes;
    expect(await factors.check(userId, first.toUpperCase().replaceAll("-", " "))).toBe("recovery code");
    expect(await factors.check(userId, first)).toBe("wrong");
    expect(await factors.stateOf({ id: userId, email: EMAIL })).toMatchObject({
      state: "on",
      recoveryCodes: 9,
    });
    const renewed = await factors.renewRecoveryCodes(userId);
    expect(await factors.check(userId, second)).toBe("wrong");
    expect(await factors.check(userId, renewed[0] ?? "")).toBe("recovery code");
  });

  it("leaves nothing in clear in the database", async () => {
    const { app, recoveryCodes } = await setUp();
    const { rows } = await database.pool.query(
      `SELECT f::text, c::text, encode(hash, 'escape') FROM "SecondFactor" f JOIN "RecoveryCode" c USING ("userId")`,
    );
    expect(rows).toHaveLength(10);
    for (const secret of [app.secret.base32, ...recoveryCodes])
      expect(JSON.stringify(rows)).not.toContain(secret);
  });

  it("is readable after SESSION_SECRET was replaced, while the old one is kept", async () => {
    const { app } = await setUp();
    now += 60_000;
    const rotated = createSecretBox(["the new secret", SECRET], "second factor");
    expect(await createSecondFactors(database.db, rotated, () => now).check(userId, code(app))).toBe("app");
  });

  it("is readable once the old SESSION_SECRET is gone, if the worker has run meanwhile", async () => {
    const { app } = await setUp();
    now += 60_000;
    const both = createSecretBox(["the new secret of the tests", SECRET], SECOND_FACTOR_BOX);
    expect(await resealSecondFactors(database.db, both)).toBe(1);
    expect(await resealSecondFactors(database.db, both), "once is enough").toBe(0);
    const later = createSecretBox(["the new secret of the tests"], SECOND_FACTOR_BOX);
    expect(await createSecondFactors(database.db, later, () => now).check(userId, code(app))).toBe("app");
  });

  it("lapses if its set-up is not finished within a quarter of an hour", async () => {
    await factors.begin(userId);
    const pending = await factors.stateOf({ id: userId, email: EMAIL });
    if (pending.state !== "pending") throw new Error("it is being set up");
    const app = new TOTP({ secret: Secret.fromBase32(pending.secret) });
    now += 15 * 60_000 + 1;
    expect(await factors.stateOf({ id: userId, email: EMAIL })).toEqual({ state: "off" });
    expect(await factors.confirm(userId, code(app))).toBeNull();
    await factors.begin(userId);
    expect(await factors.stateOf({ id: userId, email: EMAIL })).toMatchObject({ state: "pending" });
  });

  it("ends with its recovery codes", async () => {
    const { app, recoveryCodes } = await setUp();
    await factors.remove(userId);
    now += 60_000;
    expect(await factors.check(userId, code(app))).toBe("wrong");
    expect(await factors.check(userId, recoveryCodes[0] ?? "")).toBe("wrong");
    expect(await database.db.recoveryCode.count()).toBe(0);
  });
});

describe("the time between password and code", () => {
  it("is ten minutes, and ends with a new password", async () => {
    const step = createCodeStep(database.db, { secrets: [SECRET], secure: false }, () => now);
    const cookie = async () => (await step.begin({ id: userId, passwordHash: "x" })).split(";")[0] ?? "";
    const first = await cookie();
    expect(await step.personOf(first)).toEqual({ id: userId, email: EMAIL });
    expect(await step.personOf(null)).toBeNull();
    expect(await step.personOf(first.replace(/.{6}$/, "AAAAAA"))).toBeNull();
    now += 601_000;
    expect(await step.personOf(first)).toBeNull();
    const second = await cookie();
    await database.db.user.update({ where: { id: userId }, data: { passwordHash: "y" } });
    expect(await step.personOf(second)).toBeNull();
  });
});
