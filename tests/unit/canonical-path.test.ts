import { matchRoutes } from "@remix-run/react";
import express from "express";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { isCanonicalPath } from "../../server/canonical-path";

/** The spellings with which a rule about `/login` could be walked around. */
const OTHER_SPELLINGS = [
  "/x/../login",
  "/./login",
  "/%2e/login",
  "/x/%2e%2e/login",
  "/x/%2E./login",
  "/login/.",
  "/login/x/..",
  "/story/../login",
  "/.%2e/login",
  "\\login",
  "/\\login",
  "/x\\..\\login",
  "//login",
  "//evil.example/login",
  "/login#x",
  "/x?#/../login",
  "/lo\tgin",
  "/log in",
  "/%",
  "/%ff",
  "/%E0%A4%A",
  "/caf\xe9",
  "http://evil.example/login",
  "login",
  "*",
  "",
];

describe("a path", () => {
  it.each(OTHER_SPELLINGS)("is refused when it is spelled %j", (target) => {
    expect(isCanonicalPath(target)).toBe(false);
  });

  it.each([
    "/",
    "/login?next=%2Fadmin",
    "/story/the-pilot-of-saltmarrow/chapter/2",
    "/story/caf%C3%A9",
    "/story/open%2Fchapter",
    "/story/a%00b",
    "/assets/root-Ab_1.js",
    "/.well-known/security.txt",
    "/admin?range=custom&from=2026-11-01T00:00&_data=routes%2Fadmin._index",
    "/admin?index&_data=routes/admin._index",
    "/story/x/?utm_source=a'b",
    "/story/..x/x..",
  ])("is let in as browsers write it: %s", (target) => {
    expect(isCanonicalPath(target)).toBe(true);
  });

  it("that is let in is the same path to Express, to the pages' router and to a URL parser (fuzz)", () => {
    const routes = [{ path: "/login" }, { path: "/story/:slug" }, { path: "*" }];
    const piece = fc.constantFrom(
      ...[
        "login",
        "LOGIN",
        "%6cogin",
        "story",
        "x",
        ".",
        "..",
        "%2e",
        "%2E.",
        "%252e",
        "%",
        "%2f",
        "%5c",
        "%00",
        ";a=1",
      ],
      ...["/", "/", "/", "\\", "?", "#", "@", ":", "\t", " ", "\xe9", "[", "|", "^", "{"],
    );
    const pathOf = (target: string): string =>
      Object.create(express.request, { url: { value: target } }).path;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const target = `/${pieces.join("")}`;
        if (!isCanonicalPath(target)) return;
        // As Remix makes it.
        const { pathname } = new URL(`http://127.0.0.1:3000${target}`);
        expect(pathOf(target), target).toBe(pathname);
        expect(pathname.split("/").map(decodeURIComponent), target).not.toContain("..");
        // A rule that looks at Express's path sees every log-in that the router does.
        if (matchRoutes(routes, pathname)?.[0]?.route.path === "/login")
          expect(decodeURIComponent(pathOf(target)), target).toMatch(/^\/+login\/*$/i);
      }),
      { numRuns: 20_000, seed: 7 },
    );
  });
});

it("costs a view no look by a URL parser", () => {
  const parse = vi.spyOn(globalThis, "URL");
  // As the page sends it.
  for (const path of ["/story/lighthouse", "/story/lighthouse/chapter/12"])
    expect(
      isCanonicalPath(`${path}?_data=${encodeURIComponent("routes/story.$slug_.chapter.$number")}`),
    ).toBe(true);
  expect(parse).not.toHaveBeenCalled();
  parse.mockRestore();
});
