import type { ClientBase } from "pg";

/** Rows a statement: large enough that round trips do not matter, small enough for a parameter. */
const CHUNK = 20_000;

type Column<T> = { name: string; type: string; of: (row: T) => string | number | null };

/**
 * Inserts many rows with few statements, one array parameter a column. Times are given as Unix ms and cast here, in a
 * column of type `ms`.
 */
export async function insertRows<T>(client: ClientBase, table: string, columns: Column<T>[], rows: T[]) {
  const names = columns.map((column) => `"${column.name}"`).join(", ");
  const values = columns.map(({ name, type }) =>
    type === "ms" ? `to_timestamp(u."${name}" / 1000.0)` : `u."${name}"`,
  );
  const arrays = columns.map(({ type }, index) => `$${index + 1}::${type === "ms" ? "bigint" : type}[]`);
  const sql = `INSERT INTO "${table}" (${names}) SELECT ${values.join(", ")} FROM unnest(${arrays.join(", ")}) AS u(${names})`;
  for (let from = 0; from < rows.length; from += CHUNK) {
    const chunk = rows.slice(from, from + CHUNK);
    await client.query(
      sql,
      columns.map((column) => arrayOf(chunk.map(column.of), column.type)),
    );
  }
}

/** Numbers need no quoting, and pg's own way of writing arrays quotes every one: half the seed's time. */
const arrayOf = (values: (string | number | null)[], type: string) =>
  type === "text" ? values : `{${values.join(",")}}`;
