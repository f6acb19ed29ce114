import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type pg from "pg";
import { migrate } from "../../prisma/migrate";
import { seed } from "../../prisma/seed";

export interface DatabaseContent {
  /** Filled by the small seed, whose history ends in the current hour. */
  seeded: boolean;
}

/** Lets one process at a time make or copy a template. Any number will do that nothing else uses on this server. */
const TEMPLATE_LOCK = 74_190_234;
const PREFIX = "tidemark_template_";
const HOUR_MS = 3_600_000;

/**
 * Makes the database `name` on this server: migrated, and seeded if requested. Migrating takes seconds and copying a fraction of a
 * second, so the first caller makes a template and every caller copies it. A template's name holds a hash of the migrations and the
 * seed: when they change, the next caller makes a new template and drops the old ones.
 * @param admin a connection to the server, which can hold a lock in the meantime.
 */
export async function createFromTemplate(
  admin: pg.Client,
  server: string,
  name: string,
  content: DatabaseContent,
): Promise<void> {
  const template = templateName(content);
  await admin.query("SELECT pg_advisory_lock($1)", [TEMPLATE_LOCK]);
  try {
    const found = await admin.query("SELECT 1 FROM pg_database WHERE datname = $1", [template]);
    if (found.rowCount === 0) await createTemplate(admin, server, template, content);
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  } finally {
    await admin.query("SELECT pg_advisory_unlock($1)", [TEMPLATE_LOCK]);
  }
}

async function createTemplate(
  admin: pg.Client,
  server: string,
  template: string,
  { seeded }: DatabaseContent,
): Promise<void> {
  const { rows } = await admin.query<{ datname: string }>(
    "SELECT datname FROM pg_database WHERE starts_with(datname, $1)",
    [prefixOf(seeded)],
  );
  for (const { datname } of rows) await admin.query(`DROP DATABASE ${datname} WITH (FORCE)`);
  // It gets its final name when it is complete, so that an unfinished one is never copied.
  const unfinished = `${prefixOf(seeded)}unfinished`;
  await admin.query(`CREATE DATABASE ${unfinished}`);
  const url = databaseUrl(server, unfinished);
  await migrate(url, undefined, asAppRole(url));
  if (seeded) await seed(url, { size: "small" });
  await admin.query(`ALTER DATABASE ${unfinished} RENAME TO ${template}`);
}

/** The address of another database on the same server. */
export function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** The same database, as the site's own role: what the site's processes use in tests. */
export function asAppRole(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.username = "tidemark_test_app";
  url.password = "the password of the tests";
  return url.href;
}

const prefixOf = (seeded: boolean) => `${PREFIX}${seeded ? "seeded_" : "empty_"}`;

function templateName({ seeded }: DatabaseContent): string {
  const hash = createHash("sha256");
  for (const file of ["prisma/migrations", "prisma/seed", "prisma/seed.ts", "prisma/app-role.ts"].flatMap(
    filesUnder,
  ))
    hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  if (seeded) hash.update(String(Math.floor(Date.now() / HOUR_MS)));
  return prefixOf(seeded) + hash.digest("hex").slice(0, 16);
}

function filesUnder(place: string): string[] {
  if (place.endsWith(".ts")) return [place];
  return readdirSync(place, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}
