import { connect } from "node:net";

/** The result of one load: requests per second and latencies in ms. */
export interface Load {
  perSecond: number;
  p50: number;
  p99: number;
  /** Responses whose status was not the expected one. */
  unexpected: number;
}

/**
 * Sends `requests` POSTs over `connections` sockets; each socket sends its next request when the response has arrived. It uses
 * plain sockets, because an HTTP client would cost more than the server under test.
 */
export async function load(options: {
  port: number;
  requests: number;
  connections: number;
  /** The n-th request, headers and body. */
  request: (n: number) => string;
  expect: number;
}): Promise<Load> {
  const latencies = new Float64Array(options.requests);
  let sent = 0;
  let unexpected = 0;
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: options.connections }, () => drive()));
  const seconds = (performance.now() - startedMs) / 1000;
  latencies.sort();
  const at = (share: number) => latencies[Math.floor(share * (options.requests - 1))] ?? 0;
  return { perSecond: options.requests / seconds, p50: at(0.5), p99: at(0.99), unexpected };

  function drive() {
    return new Promise<void>((resolve, reject) => {
      const socket = connect({ port: options.port, host: "127.0.0.1", noDelay: true });
      let n = -1;
      let startedAt = 0;
      let received = "";
      const next = () => {
        if (sent >= options.requests) {
          socket.end();
          resolve();
          return;
        }
        n = sent++;
        received = "";
        startedAt = performance.now();
        socket.write(options.request(n));
      };
      socket.on("connect", next);
      socket.on("error", reject);
      socket.setEncoding("latin1");
      socket.on("data", (chunk: string) => {
        received += chunk;
        const head = received.indexOf("\r\n\r\n");
        if (head < 0) return;
        const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
        if (received.length < head + 4 + length) return;
        latencies[n] = performance.now() - startedAt;
        if (Number(received.slice(9, 12)) !== options.expect) unexpected += 1;
        next();
      });
    });
  }
}

/** A beacon's POST, as a browser sends it. */
export const beacon = (path: string, agent: string) =>
  `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) ${agent}\r\nContent-Type: text/plain\r\nContent-Length: 15\r\n\r\n{"referrer":""}`;
