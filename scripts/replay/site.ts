import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { asText, headerValue } from "./access-log";

/** One page view on its way to the site. Fields are as the log has them. */
export interface PageView {
  path: string;
  address: string;
  agent: string;
  referrer: string;
}

export interface Answer {
  /** "counted", "duplicate", "robot", …, or why it failed. */
  outcome: string;
  /** The story's count after the view; 0 if the site did not know it. */
  viewCount: number;
  /** Where the view was counted or found: "redis", "database". */
  path?: string | undefined;
}

export interface Site {
  /** Rejects when nobody answers at all. */
  reach(): Promise<void>;
  /** Sends a view and answers what the site made of it. */
  send(slug: string, view: PageView): Promise<Answer>;
  /** What the story's page says its count is. */
  readCount(slug: string): Promise<number>;
  close(): void;
}

/** The site could not be spoken to, as opposed to answering something unwelcome. */
export class Unreachable extends Error {
  override name = "Unreachable";
}

/** A hung site must not hang the replay, ms. The site itself answers within a second even when its stores are away. */
const TIMEOUT = 15_000;
/** Characters of a referrer that are sent; the site takes at most 4 KiB and keeps the host. */
const REFERRER_LIMIT = 600;

/**
 * Talks to a running site with `node:http` itself: `fetch` would add a user agent where the log has none. Connections are
 * kept and shared by at most `concurrency` requests.
 */
export function connectSite(baseUrl: string, concurrency: number): Site {
  const base = new URL(baseUrl);
  const secure = base.protocol === "https:";
  const options = { keepAlive: true, maxSockets: concurrency };
  const agent = secure ? new HttpsAgent(options) : new HttpAgent(options);
  const open = secure ? httpsRequest : httpRequest;
  const urlOf = (path: string) => new URL(base.pathname.replace(/\/$/, "") + path, base);

  function ask(
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
        // The site closed a kept connection just as we used it; it has not seen the request (nodejs.org/api/http).
        if (sent.reusedSocket && error.code === "ECONNRESET") resolve(ask(method, path, headers, body));
        else reject(new Unreachable(error.message || error.code || "no connection"));
      });
      sent.end(body);
    });
  }

  return {
    async reach() {
      await ask("GET", "/healthz");
    },
    async send(slug, view) {
      const referrer = headerValue(view.referrer);
      const body = JSON.stringify({ referrer: referrer ? asText(referrer).slice(0, REFERRER_LIMIT) : "" });
      const userAgent = headerValue(view.agent);
      const headers = {
        "content-type": "text/plain",
        "content-length": String(Buffer.byteLength(body)),
        "x-forwarded-for": view.address,
        ...(userAgent !== null && { "user-agent": userAgent }),
      };
      const { response, text } = await ask("POST", `/story/${slug}`, headers, body);
      const said = response.headers["x-tidemark-outcome"];
      if (response.statusCode !== 200)
        return { outcome: `status ${response.statusCode}${said ? ` (${said})` : ""}`, viewCount: 0 };
      if (typeof said !== "string") return { outcome: "no X-Tidemark-Outcome header", viewCount: 0 };
      return { outcome: said, ...outcomeIn(text) };
    },
    async readCount(slug) {
      const { response, text } = await ask("GET", `/story/${slug}`, { "user-agent": "tidemark-replay" });
      // The story's own count is the first on its page; those of its chapters follow.
      const count = /\bdata-reads="(\d+)"/.exec(text)?.[1];
      if (response.statusCode !== 200 || count === undefined)
        throw new Error(`GET /story/${slug} says no count (status ${response.statusCode})`);
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
