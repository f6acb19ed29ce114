import { describe, expect, it } from "vitest";
import { can, decide, isReadOnly, logInPath, type Permission } from "../../app/auth/permissions";
import { OPERATORS, ROLES } from "../../app/shared/roles";

const PERMISSIONS: Permission[] = [
  "admin.view",
  "queues.view",
  "queues.change",
  "sync.view",
  "sync.run",
  "sync.pause",
  "settings.change",
  "story.repair",
  "story.void",
  "ledger.explain",
  "audit.view",
  "alerts.view",
  "alerts.change",
  "drill.run",
  "users.view",
  "users.change",
  "editor.view",
];

describe("who may do what", () => {
  it("sends signed-out people to the log-in, whatever they request", () => {
    for (const permission of PERMISSIONS) expect(decide(null, permission)).toBe("log-in");
  });

  it("gives readers none of these permissions", () => {
    for (const permission of PERMISSIONS) expect(decide({ role: "READER" }, permission)).toBe("forbid");
  });

  it("gives editors their own pages, and none of the operators'", () => {
    const allowed = PERMISSIONS.filter((permission) => can("EDITOR", permission));
    expect(allowed).toEqual(["editor.view"]);
  });

  it("gives operators everything but other people's stories", () => {
    const refused = PERMISSIONS.filter((permission) => decide({ role: "OPS" }, permission) !== "allow");
    expect(refused).toEqual(["editor.view"]);
  });

  it("lets read-only operators see everything of the operators', and change nothing", () => {
    const views = PERMISSIONS.filter(
      (permission) => permission.endsWith(".view") && permission !== "editor.view",
    );
    expect(PERMISSIONS.filter((permission) => can("AUDITOR", permission))).toEqual(views);
    expect(ROLES.filter(isReadOnly)).toEqual(["AUDITOR"]);
  });

  it("names the roles whose sessions end sooner", () => {
    expect(ROLES.filter((role) => can(role, "admin.view")).sort()).toEqual([...OPERATORS].sort());
  });

  it("leaves operators only their account while a second factor is due", () => {
    const user = { role: "OPS", secondFactorDue: true } as const;
    for (const permission of PERMISSIONS) expect(decide(user, permission), permission).toBe("set-up");
    expect(decide(user, "account.view")).toBe("allow");
  });

  it("returns people to where they were going", () => {
    expect(logInPath("/admin?range=6h")).toBe("/login?next=%2Fadmin%3Frange%3D6h");
  });
});
