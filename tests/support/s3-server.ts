import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

const KEY_ID = "AKIATEST";
const SECRET = "a secret for tests only";

/**
 * An S3-compatible store in memory, one bucket, with the rules that matter to a client: every request must carry a valid signature
 * (Signature Version 4, computed here by itself), and bytes must have the checksum that was signed.
 */
export async function startS3Server({ region = "eu-test-1", bucket = "archive" } = {}) {
  const objects = new Map<string, Buffer>();
  /** What to answer instead, for the next requests of a method. */
  const broken = new Map<string, { status: number; body: string }>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const answer = (status: number, content: string | Buffer = "") => response.writeHead(status).end(content);
    const refuse = (status: number, code: string) =>
      answer(status, `<Error><Code>${code}</Code><Message>${code} for tests</Message></Error>`);
    if (!isSigned(request, region)) return refuse(403, "SignatureDoesNotMatch");
    const fault = broken.get(request.method ?? "");
    if (fault) return answer(fault.status, fault.body);
    const [, inBucket, ...key] = decodeURIComponent(request.url ?? "").split("/");
    if (inBucket !== bucket) return refuse(404, "NoSuchBucket");
    const name = key.join("/");
    if (request.method === "PUT") {
      const promised = request.headers["x-amz-content-sha256"];
      if (promised !== createHash("sha256").update(body).digest("hex"))
        return refuse(400, "XAmzContentSHA256Mismatch");
      objects.set(name, body);
      return answer(200);
    }
    const found = objects.get(name);
    return found ? answer(200, request.method === "HEAD" ? "" : found) : refuse(404, "NoSuchKey");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    objects,
    broken,
    options: {
      endpoint: `http://127.0.0.1:${port}`,
      region,
      bucket,
      prefix: "tide mark/",
      accessKeyId: KEY_ID,
      secretAccessKey: SECRET,
    },
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
const hash = (text: string) => createHash("sha256").update(text).digest("hex");

/** Checks a request's Authorization header, as the specification of Signature Version 4 says. */
function isSigned(request: IncomingMessage, region: string): boolean {
  const { headers, method = "", url = "" } = request;
  const given =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? "",
    );
  if (!given) return false;
  const [, keyId, day = "", signedFor, names = "", signature] = given;
  if (keyId !== KEY_ID || signedFor !== region) return false;
  const canonical = [
    method,
    url.split("?")[0],
    url.split("?")[1] ?? "",
    ...names.split(";").map((name) => `${name}:${String(headers[name]).trim()}`),
    "",
    names,
    headers["x-amz-content-sha256"],
  ].join("\n");
  const scope = `${day}/${region}/s3/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hash(canonical)].join("\n");
  const key = hmac(hmac(hmac(hmac(`AWS4${SECRET}`, day), region), "s3"), "aws4_request");
  return hmac(key, toSign).toString("hex") === signature;
}
