import { createHash, randomBytes } from "node:crypto";
import pg from "pg";
import { hashPassword } from "../../app/auth/passwords";

/** The author of the replayed pages. */
const AUTHOR = { email: "replay@tidemark.example", name: "Replay" };
const READABLE = 60;

export interface StoryPublisher {
  /** Publishes a story for each path that has none. */
  publish(paths: string[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * The slug of the story for a path: always the same for one path, and different for every other. It starts with the readable
 * part of the path; 64 bits of a hash distinguish paths that read alike (`/a/b` and `/a-b`, `/X11` and `/x11`).
 */
export function slugFor(path: string): string {
  const readable = path
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, READABLE)
    .replace(/^-|-$/g, "");
  const hash = createHash("sha256").update(path).digest("hex").slice(0, 16);
  return `${readable || "page"}-${hash}`;
}

/** Connects to the site's database, to publish the replayed pages as stories. */
export async function openStoryPublisher(databaseUrl: string): Promise<StoryPublisher> {
  const client = new pg.Client({ connectionString: databaseUrl });
  // Without a listener a database that goes away would end the process; the next query reports it.
  client.on("error", () => undefined);
  await client.connect();
  const authorId = await authorOf(client).catch(async (error: unknown) => {
    await client.end();
    throw error;
  });
  return {
    async publish(paths) {
      await client.query(
        `INSERT INTO "Story" ("slug", "title", "blurb", "genre", "authorId", "status", "publishedAt")
         SELECT u.slug, u.path, 'A page of a replayed access log.', 'Access log', $3, 'PUBLISHED', now()
         FROM unnest($1::text[], $2::text[]) AS u(slug, path)
         ON CONFLICT ("slug") DO NOTHING`,
        [paths.map(slugFor), paths, authorId],
      );
    },
    close: () => client.end(),
  };
}

async function authorOf(client: pg.Client): Promise<number> {
  const known = await find(client);
  if (known !== undefined) return known;
  // A random password that is stored nowhere: the account owns stories and never logs in.
  const passwordHash = await hashPassword(randomBytes(32).toString("hex"));
  await client.query(
    `INSERT INTO "User" ("email", "name", "role", "passwordHash") VALUES ($1, $2, 'EDITOR', $3)
     ON CONFLICT ("email") DO NOTHING`,
    [AUTHOR.email, AUTHOR.name, passwordHash],
  );
  const created = await find(client);
  if (created === undefined) throw new Error(`the user ${AUTHOR.email} could not be created`);
  return created;
}

async function find(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ id: number }>(`SELECT "id" FROM "User" WHERE "email" = $1`, [
    AUTHOR.email,
  ]);
  return rows[0]?.id;
}
