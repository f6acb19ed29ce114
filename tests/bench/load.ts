import { connect } from "node:net";
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
      const socket = connect({ port, host: "127.0.0.1", noDelay: true });
      let sentAt = 0;
      let received = "";
      const next = () => {
        received = "";
        sentAt = performance.now();
        if (sentAt - startedAt < lasts()) return socket.write(request());
        socket.end();
        resolve();
      };
      socket.on("connect", next);
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("the server closed a connection")));
      socket.setEncoding("latin1");
      socket.on("data", (chunk: string) => {
        received += chunk;
        const head = received.indexOf("\r\n\r\n");
        if (head < 0) return;
        if (!isWhole(received, head)) return;
        latencies.push(performance.now() - sentAt);
        if (Number(received.slice(9, 12)) === expect) next();
        else reject(new Error(`an answer was ${received.slice(0, 200)}, not ${expect}`));
      });
    });
  }
}

function isWhole(received: string, head: number): boolean {
  const length = /\r\ncontent-length: (\d+)/i.exec(received)?.[1];
  if (length !== undefined) return received.length >= head + 4 + Number(length);
  const chunked = /\r\ntransfer-encoding: chunked/i.test(received);
  return !chunked || received.endsWith("\r\n0\r\n\r\n");
}
