import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DEFAULT_RETENTION, RETENTION_RULES } from "../../app/shared/retention";

const schema = readFileSync("prisma/schema.prisma", "utf8");
const models = [...schema.matchAll(/^model (\w+) \{/gm)].map(([, name]) => name ?? "");
const section =
  readFileSync("docs/reliability.md", "utf8")
    .split("## Which tables grow, and how far")[1]
    ?.split("\n## ")[0] ?? "";
/** The rows of the table: the tables named in the first cell, and the bound in the last. */
const entries = [...section.matchAll(/^\| (`.+?) \| (.+) \| (.+) \|$/gm)].map(
  ([, tables = "", , bound = ""]) => ({
    tables: [...tables.matchAll(/`(\w+)`/g)].map(([, name]) => name ?? ""),
    bound,
  }),
);

describe("docs/reliability.md, which tables grow", () => {
  it("has every table of the schema once, and no other", () => {
    expect(models.length).toBeGreaterThan(50);
    expect(entries.flatMap(({ tables }) => tables).sort()).toEqual([...models].sort());
  });

  it.each(RETENTION_RULES.map((rule) => [rule.key, rule] as const))(
    "says how long %s stay, as the code does",
    (key, rule) => {
      expect(new Set(rule.tables.filter((table) => !models.includes(table)))).toEqual(new Set());
      for (const table of rule.tables) {
        const bound = entries.find(({ tables }) => tables.includes(table))?.bound ?? "";
        expect(bound, table).toContain(`\`${key}\``);
        expect(bound, table).toContain(`${DEFAULT_RETENTION[key]} days`);
      }
    },
  );

  it("names no setting that does not exist", () => {
    const named = entries.flatMap(({ bound }) =>
      [...bound.matchAll(/setting `(\w+)`/g)].map(([, key]) => key),
    );
    expect([...new Set(named)].sort()).toEqual(RETENTION_RULES.map(({ key }) => key).sort());
  });
});
