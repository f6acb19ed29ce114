import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A span as it arrived, with its attributes as a plain object. */
export interface ReceivedSpan {
  service: string;
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  links: string[];
  attributes: Record<string, string | number | boolean>;
}

interface OtlpSpan extends Omit<ReceivedSpan, "service" | "links" | "attributes"> {
  links?: { spanId: string }[];
  attributes: OtlpAttribute[];
}
type OtlpAttribute = { key: string; value: Record<string, string | number | boolean> };

const plain = (attributes: OtlpAttribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0] ?? ""]));

/** Receives OTLP over HTTP, as JSON, like a collector. */
export async function startOtlpReceiver() {
  const spans: ReceivedSpan[] = [];
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    bodies.push(body);
    const { resourceSpans } = JSON.parse(body) as {
      resourceSpans: {
        resource: { attributes: OtlpAttribute[] };
        scopeSpans: { spans: OtlpSpan[] }[];
      }[];
    };
    for (const { resource, scopeSpans } of resourceSpans)
      for (const span of scopeSpans.flatMap((scope) => scope.spans))
        spans.push({
          ...span,
          service: String(plain(resource.attributes)["service.name"]),
          parentSpanId: span.parentSpanId ?? "",
          links: (span.links ?? []).map(({ spanId }) => spanId),
          attributes: plain(span.attributes),
        });
    response
      .writeHead(request.url === "/v1/traces" ? 200 : 404, { "Content-Type": "application/json" })
      .end("{}");
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    /** All that was sent, in plain. */
    text: () => bodies.join("\n"),
    trace: (traceId: string) => spans.filter((span) => span.traceId === traceId),
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
