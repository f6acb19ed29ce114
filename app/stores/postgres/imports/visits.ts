import type pg from "pg";
import type { TargetKind } from "~/tracker/view";

/** A visit that a line of a log or a CSV file tells of, as one target has it. */
export interface ImportedVisit {
  /** 'excluded': it may not count; then `targetId` is the story. */
  kind: TargetKind | "excluded";
  targetId: number;
  /** The viewer's key for this target. */
  viewer: string;
  /** Unix ms. */
  at: number;
  importId: number;
  /** "" where not a story's. */
  referrer: string;
  device: string;
  /** Why it may not count; "" if it may. */
  reason: string;
}

type Client = Pick<pg.ClientBase, "query">;

/** Where the visits of a dry run are: a table of the connection, which nothing else sees, and which ends with it. */
const TRIAL = `"TrialVisit"`;
const KEPT = `"ImportedVisit"`;
const KEY = `kind, "targetId", viewer, at, "importId"`;

/** Visits per page of a walk: a few megabytes. */
const PAGE = 20_000;

/** Prepares a connection for a dry run. */
export async function openTrial(client: Client): Promise<void> {
  await client.query(`CREATE TEMP TABLE IF NOT EXISTS ${TRIAL} (LIKE public.${KEPT} INCLUDING ALL)`);
}

/**
 * Adds visits. They are a set: a visit that is there already changes nothing, whichever file or run it comes from. Of two that differ
 * only in where the reader came from, the same one is kept in whatever order they come. @returns how many rows changed.
 */
export async function addVisits(client: Client, visits: ImportedVisit[], trial: boolean): Promise<number> {
  const different = new Map<string, ImportedVisit>();
  for (const visit of visits) {
    const key = `${visit.kind} ${visit.targetId} ${visit.viewer} ${visit.at} ${visit.importId}`;
    const known = different.get(key);
    if (!known || detailsOf(visit) < detailsOf(known)) different.set(key, visit);
  }
  const rows = [...different.values()];
  if (rows.length === 0) return 0;
  const { rowCount } = await client.query(
    `INSERT INTO ${trial ? TRIAL : KEPT} AS v (${KEY}, reason, referrer, device)
     SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::timestamptz[], $5::int[], $6::text[], $7::text[], $8::text[])
     ON CONFLICT (${KEY}) DO UPDATE SET reason = EXCLUDED.reason, referrer = EXCLUDED.referrer, device = EXCLUDED.device
       WHERE ROW(EXCLUDED.reason COLLATE "C", EXCLUDED.referrer COLLATE "C", EXCLUDED.device COLLATE "C")
         < ROW(v.reason COLLATE "C", v.referrer COLLATE "C", v.device COLLATE "C")`,
    [
      rows.map(({ kind }) => kind),
      rows.map(({ targetId }) => targetId),
      rows.map(({ viewer }) => viewer),
      rows.map(({ at }) => new Date(at)),
      rows.map(({ importId }) => importId),
      rows.map(({ reason }) => reason),
      rows.map(({ referrer }) => referrer),
      rows.map(({ device }) => device),
    ],
  );
  return rowCount ?? 0;
}

const detailsOf = ({ reason, referrer, device }: ImportedVisit) => `${reason}\0${referrer}\0${device}`;

/**
 * Yields all visits, a page at a time: those of a target together, those of a viewer together and by time. Pages are statements of their
 * own, so no transaction lasts as long as the walk; the lock of imports keeps others from changing the visits meanwhile.
 */
export async function* walkVisits(client: Client, trial: boolean): AsyncGenerator<ImportedVisit[]> {
  const columns = `${KEY}, reason, referrer, device`;
  const all = trial
    ? `(SELECT ${columns} FROM ${KEPT} UNION ALL SELECT ${columns} FROM ${TRIAL}) v`
    : `${KEPT} v`;
  let last: ImportedVisit | undefined;
  for (;;) {
    const { rows } = await client.query<ImportedVisit>({
      text: `SELECT kind, "targetId", viewer, (extract(epoch FROM at) * 1000)::float8 AS at, "importId", reason, referrer, device
        FROM ${all} WHERE (${KEY}) > ($1::text, $2::int, $3::text, $4::timestamptz, $5::int) ORDER BY ${KEY} LIMIT ${PAGE}`,
      values: last
        ? [last.kind, last.targetId, last.viewer, new Date(last.at), last.importId]
        : ["", 0, "", new Date(0), 0],
    });
    if (rows.length === 0) return;
    yield rows;
    last = rows.at(-1);
  }
}

/** Deletes visits, some at a time: of one import, or all of them. */
export async function deleteVisits(client: Client, importId: number | null): Promise<void> {
  const some = `SELECT ctid FROM ${KEPT} WHERE $1::int IS NULL OR "importId" = $1 LIMIT ${PAGE}`;
  for (;;) {
    const { rowCount } = await client.query(`DELETE FROM ${KEPT} WHERE ctid = ANY(ARRAY(${some}))`, [
      importId,
    ]);
    if (rowCount === 0) return;
  }
}
