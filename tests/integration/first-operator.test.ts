import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mayBeDemo } from "../../app/auth/demo-accounts";
import { firstOperatorLines, whyNoDemo } from "../../scripts/services/first-operator";
import { createTestDatabase } from "../support/services";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

const HERE = { HOST: "127.0.0.1", SEED_DEMO: false };

describe("the demo, whose passwords are public", () => {
  it.each(["127.0.0.1", "127.8.0.1", "::1", "localhost"])(
    "is seeded where only this machine reaches %s",
    (HOST) => {
      expect(whyNoDemo({ ...HERE, HOST }, true)).toBeNull();
      expect(mayBeDemo({ ...HERE, HOST })).toBe(true);
    },
  );

  it.each(["0.0.0.0", "::", "192.0.2.7", "::ffff:192.0.2.7", "localhost.example", "stories.example"])(
    "is neither seeded nor accepted on %s",
    (HOST) => {
      expect(whyNoDemo({ ...HERE, HOST }, true)).toContain(HOST);
      expect(mayBeDemo({ ...HERE, HOST })).toBe(false);
    },
  );

  it("is neither seeded nor accepted behind a public address", () => {
    const env = { ...HERE, PUBLIC_URL: "https://stories.example" };
    expect(whyNoDemo(env, true)).toBe("PUBLIC_URL is set");
    expect(mayBeDemo(env)).toBe(false);
  });

  it("is not seeded into a database that was given", () => {
    expect(whyNoDemo(HERE, false)).toBe("DATABASE_URL is set");
  });

  it("is seeded and accepted anywhere with SEED_DEMO", () => {
    const env = { HOST: "0.0.0.0", PUBLIC_URL: "https://stories.example", SEED_DEMO: true };
    expect(whyNoDemo(env, false)).toBeNull();
    expect(mayBeDemo(env)).toBe(true);
  });
});

describe("a site without a demo", () => {
  it("says how to create the first operator, until there is an account that can log in", async () => {
    expect((await firstOperatorLines(database.url)).join("\n")).toMatch(/npm run account -- .*--role OPS/);
    const create = (email: string) =>
      database.db.user.create({ data: { email, name: "A", passwordHash: "x" } });
    await create("ops@tidemark.example");
    expect(await firstOperatorLines(database.url)).toHaveLength(2);
    await create("ops@stories.example");
    expect(await firstOperatorLines(database.url)).toEqual([]);
  });
});
