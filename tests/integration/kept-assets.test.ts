import { once } from "node:events";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import path from "node:path";
import express from "express";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { scratchFolder } from "../../scripts/services/reaper";
import { keepAssets } from "../../server/kept-assets";
import { staticFiles } from "../../server/static-files";

const DAY_MS = 86_400_000;
let folder: string;
let kept: string;
let now: number;
const errors: Error[] = [];

beforeEach(() => {
  folder = scratchFolder("assets");
  kept = path.join(folder, "kept");
  now = Date.now();
  errors.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A version of the site with these files for browsers, which starts, and stops at once. */
async function deploy(version: string, files: Record<string, string>) {
  const client = path.join(folder, version);
  const built = path.join(client, "assets");
  mkdirSync(built, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(built, name), text);
  const stop = await keepAssets(
    built,
    kept,
    (error) => errors.push(error),
    () => now,
  );
  await stop();
  return client;
}

/** Asks a version of the site for files, while it runs. */
async function ask(client: string, paths: string[], headers = {}) {
  const app = express().use(staticFiles(client, kept));
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as AddressInfo;
    return await Promise.all(
      paths.map(async (each) => {
        const answer = await fetch(`http://127.0.0.1:${port}${each}`, { headers });
        return answer.ok
          ? `${await answer.text()} (${answer.headers.get("content-type")}, ${answer.headers.get("cache-control")})`
          : answer.status;
      }),
    );
  } finally {
    server.close();
  }
}

describe("files of earlier versions", () => {
  it("are served for a week after the last process that had them, and others never", async () => {
    await deploy("one", { "page-AAAAaaaa.js": "one", "page-AAAAaaaa.js.gz": "as the build compressed it" });
    now += 30 * DAY_MS;
    await deploy("one", {});
    const second = await deploy("two", { "page-BBBBbbbb.js": "two" });
    const immutable = "(application/javascript; charset=utf-8, public, max-age=31536000, immutable)";
    const paths = ["/assets/page-AAAAaaaa.js", "/assets/page-BBBBbbbb.js"];
    const plain = { "Accept-Encoding": "identity" };
    expect(await ask(second, paths, plain)).toEqual([`one ${immutable}`, `two ${immutable}`]);
    writeFileSync(path.join(kept, "secret.txt"), "secret");
    expect(
      await ask(second, [
        "/assets/page-CCCCcccc.js",
        "/assets/secret.txt",
        "/assets/..%2ftwo%2fassets%2fpage-BBBBbbbb.js",
        "/assets/page-AAAAaaaa.js.gz",
      ]),
    ).toEqual([404, 404, 404, 404]);
    now += 6.9 * DAY_MS;
    await deploy("two", {});
    expect(await ask(second, paths, plain)).toEqual([`one ${immutable}`, `two ${immutable}`]);
    now += 0.2 * DAY_MS;
    await deploy("two", {});
    expect(readdirSync(kept)).toEqual(["page-BBBBbbbb.js"]);
    expect(errors).toEqual([]);
  });

  it("are no condition for the site: without a folder to write to, it serves its own", async () => {
    writeFileSync(kept, "a file, where the folder should be");
    const client = await deploy("one", { "page-AAAAaaaa.js": "one" });
    expect(errors).toHaveLength(1);
    expect((await ask(client, ["/assets/page-AAAAaaaa.js", "/assets/page-BBBBbbbb.js"]))[1]).toBe(404);
  });
});
