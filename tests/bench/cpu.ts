import { readFileSync } from "node:fs";
import { withChildren } from "../../scripts/services/process";

/** Clock ticks per second of /proc, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** The processor time that a process and its children have used so far, s. The bench knows it on Linux only. */
export function cpuSeconds(pid: number): number {
  return withChildren(pid).reduce((sum, each) => sum + cpuOf(each), 0);
}

function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The second field may contain spaces: count from the last bracket.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
