import { formatCount } from "../../app/shared/format";
import type { Log } from "./logs";
import type { Report } from "./report";

/** Progress on stderr, so that stdout is only the report: one line that is rewritten or, in a pipe, one line every 5 s. */
export interface Progress {
  bytesRead(bytes: number): void;
  viewDone(count?: number): void;
  /** Writes a line that stays. */
  say(line: string): void;
  end(): void;
}

/** Shows how much of the logs has been read. `command` is what runs. */
export function createProgress(
  logs: Pick<Log, "size">[],
  report: Pick<Report, "lines">,
  command = "replay",
): Progress {
  const terminal = process.stderr.isTTY;
  const size = logs.reduce((sum, log) => sum + (log.size ?? 0), 0);
  let last = Date.now();
  let bytes = 0;
  let views = 0;
  let shown = false;

  function show() {
    if (Date.now() - last < (terminal ? 100 : 5000)) return;
    last = Date.now();
    const share = size > 0 ? `${Math.min(100, Math.floor((100 * bytes) / size))}% read, ` : "";
    const text = `${command}: ${share}${formatCount(report.lines, "line")}, ${formatCount(views, "page view")} done`;
    process.stderr.write(terminal ? `\r${text}\x1b[K` : `${text}\n`);
    shown = true;
  }

  function clear() {
    if (terminal && shown) process.stderr.write("\r\x1b[K");
    shown = false;
  }

  return {
    bytesRead(count) {
      bytes += count;
      show();
    },
    viewDone(count = 1) {
      views += count;
      show();
    },
    say(line) {
      clear();
      process.stderr.write(`${command}: ${line}\n`);
    },
    end: clear,
  };
}
