import { connect, type Socket } from "node:net";
import type { Sample } from "./measure";

export interface LoadOptions {
  port: number;
  /** It lasts this long, ms, which may change meanwhile; requests on their way then are still answered, and count. */
  forMs: number | (() => number);
  connections: number;
  /** The next request, headers and body. */
  request: () => string;
  /** The status of every answer. */
  expect: number;
}

/**
 * Sends requests over as many sockets; each sends its next request when the answer has arrived. It uses plain sockets, because
 * an HTTP client would cost more than the server under test. The value is answers per second.
 * @throws Error when an answer has another status: the server was not doing what is measured.
 */
export async function load({
  port,
  forMs,
  connections,
  request,
  expect,
}: LoadOptions): Promise<Required<Sample>> {
  const lasts = typeof forMs === "number" ? () => forMs : forMs;
  const latencies: number[] = [];
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: connections }, drive));
  const seconds = (performance.now() - startedAt) / 1000;
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return { value: sorted.length / seconds, p50: at(0.5), p95: at(0.95), p99: at(0.99) };

  function drive() {
    return new Promise<void>((resolve, reject) => {
      const answer = answerReader();
      let sentAt = 0;
      const socket: Socket = connect({
        port,
        host: "127.0.0.1",
        noDelay: true,
        // One buffer per connection, and no stream of chunks: the load should cost the core that it shares with the stores little.
        onread: {
          buffer: Buffer.allocUnsafe(READ_BYTES),
          callback(bytes, buffer) {
            const status = answer.read(buffer as Buffer, bytes);
            if (status === null) return true;
            latencies.push(performance.now() - sentAt);
            if (status === expect) next();
            else socket.destroy(new Error(`an answer had the status ${status}, not ${expect}`));
            return true;
          },
        },
      });
      const next = () => {
        sentAt = performance.now();
        if (sentAt - startedAt < lasts()) return socket.write(request(), "latin1");
        socket.end();
        resolve();
      };
      socket.on("connect", next);
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("the server closed a connection")));
    });
  }
}

/** Pages come in a few pieces of this size, other answers in one. */
const READ_BYTES = 65_536;
const END_OF_HEAD = "\r\n\r\n";
/** What ends a body of unknown length. */
const LAST_CHUNK = "0\r\n\r\n";

/** Reads one answer after the other; they must not overlap. */
function answerReader() {
  /** The head as far as it has come; after it, the last bytes of the body. */
  let text = "";
  let status: number | null = null;
  /** Bytes of the body that are missing; Infinity if only its last chunk tells that it has ended. */
  let missing = 0;

  return {
    /** @returns the status once the answer is whole, and null before that. */
    read(piece: Buffer, bytes: number): number | null {
      text += piece.toString("latin1", 0, bytes);
      if (status === null) {
        const end = text.indexOf(END_OF_HEAD);
        if (end < 0) return null;
        status = Number(text.slice(9, 12));
        missing = bodyLength(text.slice(0, end)) - (text.length - end - END_OF_HEAD.length);
      } else missing -= bytes;
      if (missing === Number.POSITIVE_INFINITY && text.endsWith(LAST_CHUNK)) missing = 0;
      if (missing > 0) {
        text = text.slice(-LAST_CHUNK.length);
        return null;
      }
      const whole = status;
      status = null;
      text = "";
      return whole;
    },
  };
}

function bodyLength(head: string): number {
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined) return Number(length);
  return /\r\ntransfer-encoding: chunked/i.test(head) ? Number.POSITIVE_INFINITY : 0;
}
