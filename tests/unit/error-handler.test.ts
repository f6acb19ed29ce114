import type { AddressInfo } from "node:net";
import express, { type Express } from "express";
import { describe, expect, it } from "vitest";
import { answerErrors } from "../../server/error-handler";

/** What an app answers to a GET of its first page, and what it logs. */
async function askOf(addRoutes: (app: Express) => void) {
  const lines: unknown[] = [];
  const app = express();
  app.use((_request, response, next) => {
    response.locals.log = { error: (fields: object, msg: string) => lines.push({ ...fields, msg }) };
    next();
  });
  addRoutes(app);
  app.use(answerErrors);
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/page?secret=1`;
  try {
    const answer = await fetch(url);
    return { lines, status: answer.status, body: await answer.text().catch(() => "broken off") };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

describe("an error that no route handles", () => {
  it("is logged as every other, without the query, and answered without details", async () => {
    const { lines, status, body } = await askOf((app) =>
      app.get("/page", () => {
        throw new Error("connect ECONNREFUSED 10.0.0.9");
      }),
    );
    expect(lines).toEqual([
      { err: expect.any(Error), method: "GET", path: "/page", msg: "a request failed" },
    ]);
    expect(status).toBe(500);
    expect(body).toContain("went wrong on our side");
    expect(body).not.toMatch(/ECONNREFUSED|server\/|node_modules/);
  });

  it("is an answer and no failure when it is the request's fault", async () => {
    const { lines, status } = await askOf((app) =>
      app.get("/page", (_request, _response, next) =>
        next(Object.assign(new Error("bad JSON"), { status: 400 })),
      ),
    );
    expect([lines, status]).toEqual([[], 400]);
  });

  it("breaks an answer off that has started, so that half of it does not look whole", async () => {
    const { lines, body } = await askOf((app) =>
      app.get("/page", (_request, response, next) => {
        response.write("half");
        setImmediate(() => next(new Error("the rest failed")));
      }),
    );
    expect(lines).toHaveLength(1);
    expect(body).toBe("broken off");
  });
});
