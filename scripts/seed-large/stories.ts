import type pg from "pg";
import { emailOf, people } from "../../prisma/seed/people";
import { createRandom } from "../../prisma/seed/random";
import type { History } from "./history";
import type { PlannedStory } from "./plan";

/** Every slug of the large site starts so; a database that has one was filled before. */
export const SLUG_PREFIX = "large-";
/** Of so many stories in a row, the first is the demo editor's, who can then see a long list and the most read stories. */
const DEMO_EDITORS_SHARE = 25;
const STORIES_PER_AUTHOR = 12;

const NOUNS =
  "Lighthouse Harbour Orchard Winter Cartographer Daughter Estuary Clock Garden Pilot Lantern Bridge Storm Library Fox Engine River Ghost Tailor Comet".split(
    " ",
  );
const PLACES =
  "Saltmarrow Halcyon Wexcombe Thornwick Cinder Lantern Rookhope Buttonhole Drycoast Clerkenhold Plum Greenring Ashdown Corvane Marlow Gannet Bellgate Inkpen Harrow Ember".split(
    " ",
  );
const GENRES = ["Sea adventure", "Gaslight mystery", "Far future", "Slow-burn romance", "Cosy fantasy"];

/** A title of its own for every rank below 8,000. */
const titleOf = (rank: number) =>
  `The ${NOUNS[rank % 20]} of ${PLACES[Math.floor(rank / 20) % 20]}${rank < 400 ? "" : `, Part ${Math.floor(rank / 400) + 1}`}`;

/**
 * Writes the stories, their chapters and their authors, without views. The temporary table `target` then has a row per story and
 * chapter with its plan, in the order of ViewHour's primary key. Authors beyond the demo's people have no password.
 */
export async function writeStories(client: pg.ClientBase, plans: PlannedStory[], { start, hours }: History) {
  const authors = Math.max(1, Math.ceil(plans.length / STORIES_PER_AUTHOR));
  await client.query(
    `INSERT INTO "User" (email, name, role, "passwordHash", "createdAt")
     SELECT '${SLUG_PREFIX}author-' || n || '@tidemark.example', 'Author ' || n, 'EDITOR', '', $2 FROM generate_series(1, $1::int) n`,
    [authors, start],
  );
  const random = createRandom(11);
  await client.query(
    `CREATE TEMP TABLE target (kind text, id int, shard int, "startHour" int, rows int, rate float8) ON COMMIT DROP`,
  );
  await client.query(
    `CREATE TEMP TABLE plan (story int, number int, "startHour" int, rows int, rate float8) ON COMMIT DROP`,
  );
  const targets = plans.flatMap(({ rank, story, chapters }) => [
    { story: rank, number: 0, ...story },
    ...chapters.map((chapter, index) => ({ story: rank, number: index + 1, ...chapter })),
  ]);
  await client.query(
    "INSERT INTO plan SELECT * FROM unnest($1::int[], $2::int[], $3::int[], $4::int[], $5::float8[])",
    [
      targets.map(({ story }) => story),
      targets.map(({ number }) => number),
      targets.map(({ from }) => from),
      targets.map(({ rows }) => rows),
      targets.map(({ viewsPerHour }) => viewsPerHour),
    ],
  );
  const slug = (rank: number) => `${SLUG_PREFIX}${String(rank + 1).padStart(5, "0")}`;
  await client.query(
    `INSERT INTO "Story" (slug, title, blurb, genre, "authorId", status, "createdAt", "publishedAt")
     SELECT u.slug, u.title, 'A story of the large site, which has hours of views and no text worth reading.', u.genre, a.id,
       'PUBLISHED', u.at - interval '2 days', u.at
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[]) AS u(slug, title, genre, email, at)
     JOIN "User" a USING (email) ORDER BY u.slug`,
    [
      plans.map(({ rank }) => slug(rank)),
      plans.map(({ rank }) => titleOf(rank)),
      plans.map(({ rank }) => GENRES[rank % GENRES.length]),
      plans.map(({ rank }) =>
        rank % DEMO_EDITORS_SHARE === 0
          ? emailOf("mara")
          : `${SLUG_PREFIX}author-${random.between(1, authors)}@tidemark.example`,
      ),
      plans.map(({ publishedAt }) => hourAt(start, publishedAt)),
    ],
  );
  await client.query(
    `INSERT INTO "Chapter" ("storyId", number, title, body, status, "publishedAt")
     SELECT s.id, p.number, 'Chapter ' || p.number, 'The tide came in, and it went out again.', 'PUBLISHED',
       $1::timestamptz + p."startHour" * interval '1 hour'
     FROM plan p JOIN "Story" s ON s.slug = '${SLUG_PREFIX}' || lpad((p.story + 1)::text, 5, '0')
     WHERE p.number > 0 ORDER BY 1, 2`,
    [start],
  );
  await client.query(
    `INSERT INTO "StoryEditor" ("storyId", "userId")
     SELECT s.id, u.id FROM "Story" s, "User" u
     WHERE s.slug LIKE '${SLUG_PREFIX}%' AND s.id % 20 = 3 AND u.email = $1 AND s."authorId" <> u.id`,
    [emailOf(people.find(({ role, key }) => role === "EDITOR" && key !== "mara")?.key ?? "mara")],
  );
  await client.query(
    `INSERT INTO target SELECT * FROM (
       SELECT CASE WHEN p.number = 0 THEN 'story' ELSE 'chapter' END AS kind, COALESCE(c.id, s.id) AS id, s.id % 4 AS shard,
         p."startHour", p.rows, p.rate
       FROM plan p JOIN "Story" s ON s.slug = '${SLUG_PREFIX}' || lpad((p.story + 1)::text, 5, '0')
       LEFT JOIN "Chapter" c ON c."storyId" = s.id AND c.number = p.number
     ) t WHERE rows > 0 AND "startHour" < $1 ORDER BY kind, id`,
    [hours],
  );
  await client.query("ANALYZE target");
}

const hourAt = (start: Date, hour: number) => new Date(start.getTime() + hour * 3_600_000);
