import pg from "pg";

// Counts are `bigint` in Postgres, so that no count can fill its column, and `number` in TypeScript. Both are exact up to 2^53, and a
// count beyond that (nine quadrillion) is out of scope. The types below are the two places where rows become values.

/** For pools: rows of `pg` hold `bigint` columns as numbers, not as strings. Prisma has its own parsers. */
export const numberTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    oid === pg.types.builtins.INT8
      ? Number
      : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/** A row of Prisma with each `bigint` as a `number`, in its related rows too. */
export type WithNumbers<Row> = Row extends bigint
  ? number
  : Row extends Date
    ? Row
    : Row extends object
      ? { [Name in keyof Row]: WithNumbers<Row[Name]> }
      : Row;

/** Returns a copy of what Prisma has read, with each `bigint` as a `number`. */
export function withNumbers<Row>(row: Row): WithNumbers<Row> {
  return convert(row) as WithNumbers<Row>;
}

function convert(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(convert);
  if (value === null || typeof value !== "object" || value instanceof Date || ArrayBuffer.isView(value))
    return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, convert(inner)]));
}
