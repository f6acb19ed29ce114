import { expect, it } from "vitest";
import { parseUrl } from "../../app/shared/parse-url";

it("parses an address, with a base or without, and says null for what is none", () => {
  expect(parseUrl("https://forum.example/t/9")?.host).toBe("forum.example");
  expect(parseUrl("/t/9", "https://forum.example")?.pathname).toBe("/t/9");
  expect(parseUrl("/t/9")).toBeNull();
  expect(parseUrl("")).toBeNull();
});

it("reads letters beyond ASCII alike however often it was called", () => {
  // Node compiles a function after some thousands of calls, and calls parts of itself otherwise from then on.
  const hosts = new Set<string | undefined>();
  for (let call = 0; call < 30_000; call++) hosts.add(parseUrl("https://bücher.de/")?.host);
  expect([...hosts]).toEqual(["xn--bcher-kva.de"]);
});
