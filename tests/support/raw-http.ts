import { connect } from "node:net";

export interface RawAnswer {
  status: number;
  /** By lower-case name; the values of a repeated header are joined by commas. */
  headers: Map<string, string>;
  body: string;
}

export interface RawRequest {
  method?: string;
  /** The target of the request line, sent without any encoding. */
  target: string;
  /** Sent unchanged, in Latin-1. `Host` is added if missing. */
  headers?: [name: string, value: string][];
  body?: Uint8Array;
  /** Sends the body in chunks, without a Content-Length. */
  chunked?: boolean;
}

const ANSWER_TIMEOUT_MS = 10_000;

/**
 * Sends one HTTP request as raw bytes, for requests that no normal client would send. Rejects when the server closes the
 * connection without an answer, or does not answer in time.
 */
export function rawHttp(port: number, request: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    const pieces: Buffer[] = [];
    let wrong: Error | null = null;
    const timer = setTimeout(() => socket.destroy(new Error("no answer")), ANSWER_TIMEOUT_MS);
    socket.on("connect", () => {
      // A short request is sent in one piece: a server that answers early must not have read only half of it.
      socket.cork();
      for (const piece of bytesOf(request)) socket.write(piece);
      socket.uncork();
    });
    socket.on("data", (data) => pieces.push(data));
    socket.on("error", (error) => {
      wrong = error;
    });
    socket.on("close", () => {
      clearTimeout(timer);
      const answer = parse(Buffer.concat(pieces).toString("latin1"));
      if (answer) resolve(answer);
      else
        reject(
          new Error(
            `no answer: ${wrong?.message ?? "closed"} (${request.method} ${request.target.slice(0, 100)})`,
          ),
        );
    });
  });
}

function* bytesOf({
  method = "POST",
  target,
  headers = [],
  body = new Uint8Array(),
  chunked,
}: RawRequest): Generator<Uint8Array> {
  const given = new Set(headers.map(([name]) => name.toLowerCase()));
  const lines = [`${method} ${target} HTTP/1.1`];
  if (!given.has("host")) lines.push("Host: 127.0.0.1");
  if (!given.has("connection")) lines.push("Connection: close");
  if (chunked) lines.push("Transfer-Encoding: chunked");
  else if (!given.has("content-length")) lines.push(`Content-Length: ${body.length}`);
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  yield Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  if (!chunked) {
    yield body;
    return;
  }
  for (let at = 0; at < body.length; at += 65_536) {
    const piece = body.subarray(at, at + 65_536);
    yield Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]);
  }
  yield Buffer.from("0\r\n\r\n");
}

function parse(text: string): RawAnswer | null {
  const end = text.indexOf("\r\n\r\n");
  const [first = "", ...lines] = text.slice(0, Math.max(0, end)).split("\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]);
  if (!status) return null;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const name = line.slice(0, line.indexOf(":")).toLowerCase();
    const value = line.slice(line.indexOf(":") + 1).trim();
    headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value);
  }
  return { status, headers, body: text.slice(end + 4) };
}
