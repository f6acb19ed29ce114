import { createHash } from "node:crypto";
import { openAsBlob } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { AwsClient } from "aws4fetch";
import { type ArchivePlace, ArchiveRefusal } from "./place";

/** A bucket of an S3-compatible store, and what opens it. */
export interface BucketOptions {
  endpoint: string;
  region: string;
  bucket: string;
  /** Names start with it; "" or ending in "/". */
  prefix: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** A request is tried again so many times after a 5xx or 429. */
const RETRIES = 3;
/** One file may take this long, ms: a month of a large site is some hundred megabytes. */
const TRANSFER_MS = 30 * 60_000;
const QUESTION_MS = 30_000;
/** As much of a store's explanation is repeated. */
const WHY_LENGTH = 300;

/** Keeps the archive in a bucket, addressed by path, which every S3-compatible store understands. */
export function archiveBucket(options: BucketOptions): ArchivePlace {
  const { endpoint, region, bucket, prefix, accessKeyId, secretAccessKey } = options;
  const name = `s3://${bucket}/${prefix}`;
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: "s3", retries: RETRIES });
  const addressOf = (file: string) =>
    `${endpoint.replace(/\/+$/, "")}/${[bucket, ...prefix.split("/"), file].filter(Boolean).map(encodeURIComponent).join("/")}`;

  async function ask(method: string, file: string, ms: number, init: RequestInit = {}): Promise<Response> {
    try {
      return await client.fetch(addressOf(file), { ...init, method, signal: AbortSignal.timeout(ms) });
    } catch (error) {
      const { message, cause } = error as Error;
      throw new Error(`${name} cannot be reached: ${cause instanceof Error ? cause.message : message}`);
    }
  }
  async function refusal(response: Response, deed: string) {
    const text = await response.text().catch(() => "");
    const why = /<Message>([^<]*)/.exec(text)?.[1] ?? /<Code>([^<]*)/.exec(text)?.[1] ?? "";
    return new Error(
      `${name} refused to ${deed}: HTTP ${response.status}${why && `, ${why.slice(0, WHY_LENGTH)}`}`,
    );
  }

  return {
    name,
    async scratch() {
      // One name per archive, so that what a killed process left there is found and removed.
      const id = createHash("sha256").update(`${endpoint} ${name}`).digest("hex").slice(0, 12);
      const scratch = path.join(tmpdir(), `tidemark-archive-${id}`);
      await rm(scratch, { recursive: true, force: true });
      await mkdir(scratch, { recursive: true, mode: 0o700 });
      return scratch;
    },
    async exists(file) {
      const response = await ask("HEAD", file, QUESTION_MS);
      if (response.status === 404) return false;
      if (!response.ok) throw await refusal(response, `say whether it has ${file}`);
      return true;
    },
    async put(file, localPath, sha256) {
      const response = await ask("PUT", file, TRANSFER_MS, {
        body: await openAsBlob(localPath),
        // Part of the signature: the store refuses bytes that differ.
        headers: { "X-Amz-Content-Sha256": sha256 },
      });
      if (!response.ok) throw await refusal(response, `take ${file}`);
      await response.body?.cancel();
    },
    async read(file) {
      const response = await ask("GET", file, TRANSFER_MS);
      if (response.status === 404) throw new ArchiveRefusal(`${name} has no ${file}.`);
      if (!response.ok || !response.body) throw await refusal(response, `hand out ${file}`);
      return Readable.fromWeb(response.body as ReadableStream);
    },
  };
}
