import { fileURLToPath } from "node:url";
import type { Env } from "~/platform/env";
import { archiveBucket } from "./bucket";
import { archiveDirectory } from "./directory";
import type { ArchivePlace } from "./place";

type ArchiveEnv = Pick<
  Env,
  | "ARCHIVE_URL"
  | "ARCHIVE_BUCKET_ENDPOINT"
  | "ARCHIVE_BUCKET_REGION"
  | "ARCHIVE_BUCKET_KEY_ID"
  | "ARCHIVE_BUCKET_SECRET"
>;

/** The place that ARCHIVE_URL names; null where the archive is off. `readEnv` has checked that a bucket has its keys. */
export function openArchive(env: ArchiveEnv): ArchivePlace | null {
  if (!env.ARCHIVE_URL) return null;
  const url = new URL(env.ARCHIVE_URL);
  if (url.protocol === "file:") return archiveDirectory(fileURLToPath(url));
  const prefix = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, "");
  return archiveBucket({
    endpoint: env.ARCHIVE_BUCKET_ENDPOINT ?? `https://s3.${env.ARCHIVE_BUCKET_REGION}.amazonaws.com`,
    region: env.ARCHIVE_BUCKET_REGION,
    bucket: url.hostname,
    prefix: prefix && `${prefix}/`,
    accessKeyId: env.ARCHIVE_BUCKET_KEY_ID ?? "",
    secretAccessKey: env.ARCHIVE_BUCKET_SECRET ?? "",
  });
}
