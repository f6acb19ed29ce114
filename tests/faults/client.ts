import { Agent, request as httpRequest } from "node:http";
import { sleep } from "../../scripts/services/process";
import type { Cluster } from "./cluster";

/** A view as a reader's page sends it. */
export interface ClientRequest {
  path: string;
  address: string;
  agent: string;
  /** The view's own time, Unix ms; null for the stores' clock. */
  at: number | null;
  /** The web process that gets the view first. */
  web: number;
  /** The Cookie header of a reader who is signed in. */
  cookie?: string;
}

export interface Tally {
  /** Answers, by where the view was kept. */
  redis: number;
  database: number;
  journal: number;
  /** Requests without an answer: they may or may not have counted, so the page sends them again. */
  ambiguous: number;
  /** Answers that the view was not kept. */
  refused: number;
}

export interface Client {
  /** Sends a view until a web process accepts it, as a page that is reloaded would. Rejects when none does. */
  deliver(request: ClientRequest): Promise<keyof Tally>;
  tally: Tally;
  close(): void;
}

const ANSWER_TIMEOUT_MS = 5000;
const GIVE_UP_AFTER_MS = 30_000;

/** Readers' pages: keep-alive connections to each web process, and a tally of the answers. */
export function createClient(cluster: Pick<Cluster, "webs">): Client {
  const agents = cluster.webs.map(() => new Agent({ keepAlive: true, maxSockets: 32 }));
  const tally: Tally = { redis: 0, database: 0, journal: 0, ambiguous: 0, refused: 0 };

  function post({ path, address, agent, at, cookie }: ClientRequest, web: number) {
    return new Promise<{ status: number; body: string }>((resolve, reject) => {
      const sent = httpRequest(
        {
          host: "127.0.0.1",
          port: cluster.webs[web]?.port,
          agent: agents[web],
          method: "POST",
          path,
          timeout: ANSWER_TIMEOUT_MS,
          headers: {
            "user-agent": agent,
            "x-forwarded-for": address,
            "content-type": "application/json",
            ...(at !== null && { "x-tidemark-at": String(at) }),
            ...(cookie && { cookie }),
          },
        },
        (response) => {
          let body = "";
          response.setEncoding("utf8");
          response.on("data", (part) => {
            body += part;
          });
          response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
          response.on("error", reject);
        },
      );
      sent.on("timeout", () => sent.destroy(new Error("no answer")));
      sent.on("error", reject);
      sent.end('{"referrer":""}');
    });
  }

  return {
    tally,
    async deliver(request) {
      const deadline = Date.now() + GIVE_UP_AFTER_MS;
      let web = request.web;
      for (;;) {
        const answer = await post(request, web).catch(() => null);
        if (answer?.status === 200) {
          const path = (JSON.parse(answer.body) as { path: keyof Tally }).path;
          // Excluded, or a path that the harness does not know: the test itself is wrong.
          if (!["redis", "database", "journal"].includes(path))
            throw new Error(`${request.path} was answered with ${answer.body}`);
          tally[path] += 1;
          return path;
        }
        if (answer && answer.status !== 503) throw new Error(`${request.path}: status ${answer.status}`);
        tally[answer ? "refused" : "ambiguous"] += 1;
        if (Date.now() > deadline) throw new Error(`${request.path}: no web process accepted the view`);
        await sleep(answer ? 50 : 15);
        web = (web + 1) % cluster.webs.length;
      }
    },
    close() {
      for (const agent of agents) agent.destroy();
    },
  };
}
