import type { ClientBase } from "pg";

/** Rows per statement: enough that round trips do not matter, few enough for one parameter. */
const CHUNK = 20_000;

/** Types whose values are sent as text, and cast. */
const CAST = ["int[]", "jsonb", "tstzrange"];

type Column<T> = { name: string; type: string; of: (row: T) => string | number | null };

/**
 * Inserts many rows in a few statements, with one array parameter per column. A column of type `ms` takes Unix ms and is
 * stored as a timestamp.
 */
export async function insertRows<T>(client: ClientBase, table: string, columns: Column<T>[], rows: T[]) {
  const names = columns.map((column) => `"${column.name}"`).join(", ");
  const values = columns.map(({ name, type }) => {
    if (type === "ms") return `to_timestamp(u."${name}" / 1000.0)`;
    return CAST.includes(type) ? `u."${name}"::${type}` : `u."${name}"`;
  });
  const arrays = columns.map(({ type }, index) => `$${index + 1}::${sentAs(type)}[]`);
  const sql = `INSERT INTO "${table}" (${names}) SELECT ${values.join(", ")} FROM unnest(${arrays.join(", ")}) AS u(${names})`;
  for (let from = 0; from < rows.length; from += CHUNK) {
    const chunk = rows.slice(from, from + CHUNK);
    await client.query(
      sql,
      columns.map((column) => arrayOf(chunk.map(column.of), column.type)),
    );
  }
}

const sentAs = (type: string) => (type === "ms" ? "bigint" : CAST.includes(type) ? "text" : type);

/** Numbers need no quotes, but pg quotes each of them, which took half of the seed's time. */
const arrayOf = (values: (string | number | null)[], type: string) =>
  sentAs(type) === "text" ? values : `{${values.map((value) => value ?? "NULL").join(",")}}`;
