import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chownSync, cpSync, existsSync, mkdirSync, renameSync, type Stats, statSync } from "node:fs";
import path from "node:path";

const programCache = "/var/cache/tidemark";

/** Who runs Postgres. Postgres refuses to run as root, so root hands it to the system's `postgres` user. */
export type PostgresUser = { uid: number; gid: number };

/** The user to run Postgres as; undefined when we are not root and it simply runs as us. */
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
    // The look-up below decides, and says what is missing.
  }
  const created = lookUp();
  if (created) return created;
  throw new Error(
    "Postgres does not run as root, and the user 'postgres' could not be created: run npm as another user, or set DATABASE_URL.",
  );
}

/** Gives a file or directory to the Postgres user, when there is one. */
export function giveTo(user: PostgresUser | undefined, file: string): void {
  if (user) chownSync(file, user.uid, user.gid);
}

/** A command with its options for spawn, such that it runs as the Postgres user and reaches the data directory. */
export function asPostgres(user: PostgresUser | undefined, command: string, args: string[], dir: string) {
  if (!user || reachable(dir, user)) return { command, args, identity: user ?? {} };
  // A checkout under a private directory, such as /root or one made by mktemp: leave its mode alone, and let this one
  // process pass through directories instead. Containers usually have only the second of these capabilities.
  const id = [`--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"];
  for (const capability of ["dac_read_search", "dac_override"]) {
    const before = [...id, `--inh-caps=+${capability}`, `--ambient-caps=+${capability}`, "--"];
    try {
      execFileSync("setpriv", [...before, "ls", dir], { stdio: "pipe" });
      return { command: "setpriv", args: [...before, command, ...args], identity: {} };
    } catch {
      // Not this one; without either, the error below.
    }
  }
  throw new Error(
    `The user 'postgres', which root runs Postgres as, cannot reach ${dir}: move the checkout to a directory open to all users, or set DATABASE_URL.`,
  );
}

/**
 * The programs of Postgres where the Postgres user can run them: where they are, or else a copy. A capability does not
 * help here, as Postgres asks with access(2), which ignores them.
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

/** Whether every directory above the file lets this user pass. */
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
