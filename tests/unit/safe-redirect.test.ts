import { describe, expect, it } from "vitest";
import { safeRedirect } from "../../app/auth/safe-redirect";

describe("the address after the log-in", () => {
  it.each(["/", "/editor", "/story/a?page=2#end", "/story/%2F%2Fx"])(
    "keeps a path of this site: %s",
    (path) => {
      expect(safeRedirect(path)).toBe(path);
    },
  );

  it.each([
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/.//evil.example",
    "/x/..//evil.example",
    "https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "editor",
    "",
    null,
    undefined,
  ])("sends anything else home: %j", (path) => {
    expect(safeRedirect(path)).toBe("/");
  });
});
