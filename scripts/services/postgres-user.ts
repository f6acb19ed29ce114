import { execFileSync } from "node:child_process";
import { chownSync, type Stats, statSync } from "node:fs";
import path from "node:path";

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

/** A command with its options for spawn, such that it runs as the Postgres user and reaches the given paths. */
export function asPostgres(user: PostgresUser | undefined, command: string, args: string[], paths: string[]) {
  if (!user) return { command, args, identity: {} };
  if ([command, ...paths].every((file) => reachable(file, user))) return { command, args, identity: user };
  // A checkout under a private directory, such as /root or one made by mktemp: leave its mode alone, and let this one
  // process pass through directories instead.
  const id = [`--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"];
  const capability = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"];
  const before = [...id, ...capability, "--"];
  try {
    execFileSync("setpriv", [...before, "test", "-x", command], { stdio: "pipe" });
  } catch {
    throw new Error(
      `The user 'postgres' cannot reach ${path.dirname(command)}: move the checkout to a directory open to all users, or set DATABASE_URL.`,
    );
  }
  return { command: "setpriv", args: [...before, command, ...args], identity: {} };
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
