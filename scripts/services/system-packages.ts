import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import path from "node:path";

const checkTimeoutMs = 20_000;
const installTimeoutMs = 10 * 60_000;

/** The full path of the first of these programs that is on the PATH. */
export function findProgram(...names: string[]): string | undefined {
  for (const name of names)
    for (const directory of (process.env.PATH ?? "").split(path.delimiter)) {
      const file = path.join(directory, name);
      if (directory && executable(file)) return file;
    }
  return undefined;
}

/**
 * Installs a package with the system's package manager, if that works without a password.
 * @returns undefined when it is installed, else the reason why not, as part of a sentence.
 */
export function installPackage(names: { apt: string; brew?: string }): string | undefined {
  if (findProgram("apt-get")) return installWithApt(names.apt);
  if (names.brew && findProgram("brew"))
    return run(["brew", "install", names.brew], installTimeoutMs)
      ? undefined
      : `brew could not install ${names.brew}`;
  return "there is neither apt-get nor brew to install it with";
}

/** Runs a command without output; true if it succeeded. */
export function run(
  command: string[],
  timeoutMs = checkTimeoutMs,
  env: Record<string, string> = {},
): boolean {
  const [program = "", ...args] = command;
  const done = spawnSync(program, args, {
    stdio: "ignore",
    timeout: timeoutMs,
    env: { ...process.env, ...env },
  });
  return done.status === 0;
}

/** The prefix of a command that needs root: nothing as root, sudo if it needs no password, else undefined. */
export function asRoot(): string[] | undefined {
  if (process.getuid?.() === 0) return [];
  return findProgram("sudo") && run(["sudo", "-n", "true"]) ? ["sudo", "-n"] : undefined;
}

function installWithApt(name: string): string | undefined {
  const root = asRoot();
  if (!root) return `${name} is not installed, and installing it needs a password`;
  const apt = [...root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y"];
  // A stale package list is the usual reason for a failed install. A failed update does not mean that the install will fail.
  run([...apt, "update"], installTimeoutMs);
  const installed = run([...apt, "install", "--no-install-recommends", name], installTimeoutMs);
  return installed ? undefined : `apt-get could not install ${name}`;
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
