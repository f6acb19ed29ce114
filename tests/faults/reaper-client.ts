import { spawn } from "node:child_process";

export interface Reaper {
  /** Has this process ended with `signal` when the harness is gone. */
  track(pid: number | undefined, signal: NodeJS.Signals): void;
  forget(pid: number | undefined): void;
  remove(directory: string): void;
  /** Lets it do its work and end. */
  close(): Promise<void>;
}

/** Starts the process that cleans up behind the harness, even behind one that was killed. */
export function startReaper(program: string): Reaper {
  const child = spawn(process.execPath, [program], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.stdin.on("error", () => undefined);
  const say = (line: string) => child.stdin.write(`${line}\n`);
  return {
    track: (pid, signal) => pid !== undefined && say(`track ${pid} ${signal}`),
    forget: (pid) => pid !== undefined && say(`forget ${pid}`),
    remove: (directory) => say(`remove ${directory}`),
    async close() {
      child.stdin.end();
      await gone;
    },
  };
}
