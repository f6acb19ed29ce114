import { describe, expect, it } from "vitest";
import { requestIdOf } from "../../app/platform/request-id";

const idFor = (given?: string) => requestIdOf(given === undefined ? {} : { "x-request-id": given }, 1);

describe("request ids", () => {
  it("differ for every request, and are plain enough to be kept by the next process", () => {
    const ids = Array.from({ length: 20 }, () => idFor());
    expect(new Set(ids).size).toBe(20);
    expect(ids.map(idFor)).toEqual(ids);
  });

  it("are taken from a proxy if they are plain, and replaced if not", () => {
    expect(idFor("abc-123_DEF")).toBe("abc-123_DEF");
    expect(idFor('"; drop')).not.toContain("drop");
    expect(idFor("short")).not.toBe("short");
  });
});
