import type pg from "pg";
import type { Statement } from "./statements";

interface PlanNode {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Rows Removed by Filter"?: number;
  "Actual Loops": number;
  Plans?: PlanNode[];
}

/**
 * Runs a query under EXPLAIN ANALYZE. Returns one line for each place where it reads a large table without the help of an index: a
 * sequential scan, or an index that finds many more rows than are wanted.
 * @param mostRemoved rows that a filter may throw away
 */
export async function findScans(
  client: pg.Pool,
  { text, values }: Statement,
  large: ReadonlySet<string>,
  mostRemoved: number,
): Promise<string[]> {
  const { rows } = await client.query<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
    `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`,
    values,
  );
  const found: string[] = [];
  const visit = (node: PlanNode) => {
    const table = node["Relation Name"];
    const removed = (node["Rows Removed by Filter"] ?? 0) * node["Actual Loops"];
    if (table !== undefined && large.has(table)) {
      if (node["Node Type"] === "Seq Scan") found.push(`sequential scan over ${table}: ${text}`);
      else if (removed > mostRemoved)
        found.push(
          `${removed} rows of ${table} are read with ${node["Index Name"]} and thrown away: ${text}`,
        );
    }
    node.Plans?.forEach(visit);
  };
  const plan = rows[0]?.["QUERY PLAN"][0].Plan;
  if (plan) visit(plan);
  return found;
}
