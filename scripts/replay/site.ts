import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { asText } from "./request";

/** A page view to send to the site. */
export interface PageView {
  path: string;
  /** The reader's. */
  address: string;
  /** As its bytes in Latin-1, like every header; null if the browser sent none. */
  agent: string | null;
  referrer: string | null;
  /** Further headers that decide whether the view counts, such as `sec-purpose`. */
  headers: Record<string, string>;
}

export interface Answer {
  /** "counted", "duplicate", "robot" and so on, or why it failed. */
  outcome: string;
  failed?: boolean;
  /** The story's count after the view; 0 when the response had none. */
  viewCount: number;
  /** Where the view was counted or found: "redis" or "database". */
  path?: string | undefined;
}

export interface Site {
  /** Rejects when the site does not answer at all. */
  reach(): Promise<void>;
  /** Sends a view and returns the site's answer. */
  send(slug: string, view: PageView): Promise<Answer>;
  /** The count that the story's page shows. */
  readCount(slug: string): Promise<number>;
  close(): void;
}

/** The site could not be reached, as opposed to giving an unexpected answer. */
export class Unreachable extends Error {
  override name = "Unreachable";
}

/** ms. A site that hangs must not hang the replay; it answers within a second even when its stores are unavailable. */
const TIMEOUT = 15_000;
/** Characters of a referrer that are sent; the site takes at most 4 KiB and keeps the host. */
const REFERRER_LIMIT = 600;
/** Characters of a header that are sent; the site keeps 512 of a user agent. */
const HEADER_LIMIT = 2048;

/**
 * Talks to a running site with plain `node:http`, because `fetch` would add a user agent where the log has none. Connections
 * are kept open and shared by at most `concurrency` requests.
 */
export function connectSite(baseUrl: string, concurrency: number): Site {
  const base = new URL(baseUrl);
  const secure = base.protocol === "https:";
  const options = { keepAlive: true, maxSockets: concurrency };
  const agent = secure ? new HttpsAgent(options) : new HttpAgent(options);
  const open = secure ? httpsRequest : httpRequest;
  const urlOf = (path: string) => new URL(base.pathname.replace(/\/$/, "") + path, base);

  function request(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: string,
  ): Promise<{ response: IncomingMessage; text: string }> {
    return new Promise((resolve, reject) => {
      const sent = open(urlOf(path), { method, agent, headers, timeout: TIMEOUT }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => resolve({ response, text }));
        response.on("error", (error) => reject(new Unreachable(error.message)));
      });
      sent.on("timeout", () => sent.destroy(new Error(`no answer within ${TIMEOUT / 1000} s`)));
      sent.on("error", (error: NodeJS.ErrnoException) => {
        // The site closed an idle connection just as we used it, and has not seen the request (nodejs.org/api/http).
        if (sent.reusedSocket && error.code === "ECONNRESET") resolve(request(method, path, headers, body));
        else reject(new Unreachable(error.message || error.code || "no connection"));
      });
      sent.end(body);
    });
  }

  return {
    async reach() {
      await request("GET", "/healthz");
    },
    async send(slug, view) {
      const { referrer } = view;
      const body = JSON.stringify({ referrer: referrer ? asText(referrer).slice(0, REFERRER_LIMIT) : "" });
      const userAgent = view.agent;
      const headers = {
        ...sendable(view.headers),
        "content-type": "text/plain",
        "content-length": String(Buffer.byteLength(body)),
        "x-forwarded-for": view.address,
        ...(userAgent !== null && sendable({ "user-agent": userAgent })),
      };
      const { response, text } = await request("POST", `/story/${slug}`, headers, body);
      const outcome = response.headers["x-tidemark-outcome"];
      if (response.statusCode !== 200)
        return {
          outcome: `status ${response.statusCode}${outcome ? ` (${outcome})` : ""}`,
          failed: true,
          viewCount: 0,
        };
      if (typeof outcome !== "string" || !/^[a-z-]{1,40}$/.test(outcome))
        return { outcome: "no X-Tidemark-Outcome header", failed: true, viewCount: 0 };
      return { outcome, ...outcomeIn(text) };
    },
    async readCount(slug) {
      const { response, text } = await request("GET", `/story/${slug}`, { "user-agent": "tidemark-replay" });
      // The story's own count is the first on its page; those of its chapters follow.
      const count = /\bdata-reads="(\d+)"/.exec(text)?.[1];
      if (response.statusCode !== 200 || count === undefined)
        throw new Error(`GET /story/${slug} shows no count (status ${response.statusCode})`);
      return Number(count);
    },
    close: () => agent.destroy(),
  };
}

function outcomeIn(text: string): Pick<Answer, "viewCount" | "path"> {
  try {
    const { viewCount, path } = JSON.parse(text) as { viewCount?: number | null; path?: string };
    return { viewCount: viewCount ?? 0, path };
  } catch {
    return { viewCount: 0 };
  }
}

/** Headers that HTTP can carry: a log can hold anything, and a server reads at most 16 KB of headers. */
const sendable = (headers: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      value.replace(/[^\t\x20-\x7e\x80-\xff]/g, "?").slice(0, HEADER_LIMIT),
    ]),
  );
