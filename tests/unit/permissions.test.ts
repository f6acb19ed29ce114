import { describe, expect, it } from "vitest";
import { can, decide, logInPath, type Permission } from "../../app/auth/permissions";

const RIGHTS: Permission[] = [
  "admin.view",
  "queues.view",
  "queues.change",
  "sync.view",
  "sync.run",
  "sync.pause",
  "settings.change",
  "story.repair",
  "audit.view",
  "alerts.view",
  "alerts.change",
  "drill.run",
  "editor.view",
];

describe("who may do what", () => {
  it("sends signed-out people to the log-in, whatever they ask for", () => {
    for (const right of RIGHTS) expect(decide(null, right)).toBe("log-in");
  });

  it("gives readers nothing behind it", () => {
    for (const right of RIGHTS) expect(decide({ role: "READER" }, right)).toBe("forbid");
  });

  it("gives editors their pages, and no operator's", () => {
    const allowed = RIGHTS.filter((right) => can("EDITOR", right));
    expect(allowed).toEqual(["editor.view"]);
  });

  it("gives operators everything but other people's stories", () => {
    const refused = RIGHTS.filter((right) => decide({ role: "OPS" }, right) !== "allow");
    expect(refused).toEqual(["editor.view"]);
  });

  it("brings people back to where they were going", () => {
    expect(logInPath("/admin?range=6h")).toBe("/login?next=%2Fadmin%3Frange%3D6h");
  });
});
