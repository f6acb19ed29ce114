import path from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { lookUp } from "../../app/shared/look-up";
import { findForeignKeys } from "../support/foreign-keys";

const config = ts.parseJsonConfigFileContent(
  ts.readConfigFile("tsconfig.json", ts.sys.readFile).config,
  ts.sys,
  process.cwd(),
);
const sources = config.fileNames.filter((file) =>
  /^(app|server|worker)\//.test(path.relative(process.cwd(), file)),
);

describe("foreign text", () => {
  it("is never the key of an object in app, server or worker", () => {
    expect(sources.length).toBeGreaterThan(200);
    expect(findForeignKeys(sources, config.options)).toEqual([]);
  }, 120_000);

  it("finds nothing in a table that the table does not have itself", () => {
    const table = { direct: "Direct" };
    for (const name of Object.getOwnPropertyNames(Object.prototype))
      expect(lookUp(table, name)).toBeUndefined();
    expect(lookUp(table, "direct")).toBe("Direct");
  });
});
