import { commandLine, isAlive, parentOf } from "./process";

const lookEveryMs = 500;
const farthest = 6;

/**
 * Calls back once when the npm that runs us is gone. npm puts a shell and tsx between itself and us, and a signal to npm
 * ends the shell without reaching us: `kill` on npm would leave everything running.
 */
export function whenNpmIsGone(callback: () => void): void {
  const watched = parentsUpToNpm();
  if (watched.length === 0) return;
  const timer = setInterval(() => {
    if (watched.every(isAlive)) return;
    clearInterval(timer);
    callback();
  }, lookEveryMs);
  timer.unref();
}

/** Nobody, when no npm is among our parents: then there is nothing between us and whoever started us. */
function parentsUpToNpm(): number[] {
  const found: number[] = [];
  for (let pid = process.ppid; pid > 1 && found.length < farthest; pid = parentOf(pid) ?? 0) {
    found.push(pid);
    if (/\bnpm\b/.test(commandLine(pid) ?? "")) return found;
  }
  return [];
}
