import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chownSync, cpSync, existsSync, mkdirSync, renameSync, type Stats, statSync } from "node:fs";
import path from "node:path";

const programCache = "/var/cache/tidemark";

/** The user who runs Postgres. It refuses to run as root, so root runs it as the system user `postgres`. */
export type PostgresUser = { uid: number; gid: number };

/** The user to run Postgres as; undefined when we are not root, because it then runs as us. */
export function postgresUser(): PostgresUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const existing = lookUp();
  if (existing) return existing;
  try {
    execFileSync("groupadd", ["--system", "--force", "postgres"], { stdio: "pipe" });
    execFileSync("useradd", ["--system", "--gid", "postgres", "--no-create-home", "postgres"], {
      stdio: "pipe",
    });
  } catch {
    // The look-up below decides, and reports what is missing.
  }
  const created = lookUp();
  if (created) return created;
  throw new Error(
    "Postgres does not run as root, and the user 'postgres' could not be created: run npm as another user, or set DATABASE_URL.",
  );
}

/** Makes the Postgres user, if there is one, the owner of a file or directory. */
export function giveTo(user: PostgresUser | undefined, file: string): void {
  if (user) chownSync(file, user.uid, user.gid);
}

/** The command and options with which a program runs as the Postgres user and can reach the data directory. */
export function asPostgres(user: PostgresUser | undefined, command: string, args: string[], dir: string) {
  if (!user || reachable(dir, user)) return { command, args, identity: user ?? {} };
  // A checkout may be in a private directory, such as /root or one made by mktemp. Its mode is left alone; instead this process
  // gets a capability to pass through directories. Containers usually have only the second of the two.
  const id = [`--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"];
  for (const capability of ["dac_read_search", "dac_override"]) {
    const before = [...id, `--inh-caps=+${capability}`, `--ambient-caps=+${capability}`, "--"];
    try {
      execFileSync("setpriv", [...before, "ls", dir], { stdio: "pipe" });
      return { command: "setpriv", args: [...before, command, ...args], identity: {} };
    } catch {
      // This one is not available; without either, the error below.
    }
  }
  throw new Error(
    `The user 'postgres', which root runs Postgres as, cannot reach ${dir}: move the checkout to a directory open to all users, or set DATABASE_URL.`,
  );
}

/**
 * The programs of Postgres where the Postgres user can run them: in their own place, else as a copy. A capability does not help
 * here, because Postgres checks with access(2), which ignores capabilities.
 */
export function reachablePrograms<T extends { initdb: string; postgres: string }>(
  user: PostgresUser | undefined,
  programs: T,
): T {
  if (!user || reachable(programs.postgres, user)) return programs;
  const native = path.resolve(path.dirname(programs.postgres), "..");
  const version = createHash("sha256")
    .update(native)
    .update(String(statSync(programs.postgres).mtimeMs))
    .digest("hex");
  const copy = path.join(programCache, `postgres-${version.slice(0, 12)}`);
  if (!existsSync(copy)) {
    mkdirSync(programCache, { recursive: true, mode: 0o755 });
    const unfinished = `${copy}.${process.pid}`;
    cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
    renameSync(unfinished, copy);
  }
  const moved = (program: string) => path.join(copy, path.relative(native, program));
  return { ...programs, initdb: moved(programs.initdb), postgres: moved(programs.postgres) };
}

function lookUp(): PostgresUser | undefined {
  try {
    const id = (flag: string) =>
      Number(
        execFileSync("id", [flag, "postgres"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
      );
    return { uid: id("-u"), gid: id("-g") };
  } catch {
    return undefined;
  }
}

/** Whether this user may pass through every directory above the file. */
function reachable(file: string, user: PostgresUser): boolean {
  for (let at = path.dirname(path.resolve(file)); ; at = path.dirname(at)) {
    if (!mayEnter(statSync(at), user)) return false;
    if (at === path.dirname(at)) return true;
  }
}

function mayEnter(stats: Stats, user: PostgresUser): boolean {
  if (stats.uid === user.uid) return (stats.mode & 0o100) !== 0;
  if (stats.gid === user.gid) return (stats.mode & 0o010) !== 0;
  return (stats.mode & 0o001) !== 0;
}
