import type { ReadableStream } from "node:stream/web";
import type { AppLoadContext } from "@remix-run/node";
import { answerPost, collectBody, encodeAnswer, refusal, type ViewAnswer } from "./view-request";

/**
 * The story and chapter routes' action: Remix's way to count a view, for paths that React Router matches and
 * the view endpoint does not.
 */
export async function viewAction(
  context: AppLoadContext,
  request: Request,
  params: { slug?: string; number?: string },
): Promise<Response> {
  if (request.method !== "POST") return respond(refusal(405));
  const answer = await answerPost(context.runtime.countView, {
    requestId: context.requestId,
    slug: params.slug ?? null,
    chapter: params.number,
    body: await readBody(request),
    header: (name) => request.headers.get(name) ?? undefined,
    address: context.address,
  });
  return respond(answer);
}

async function readBody(request: Request): Promise<string | null> {
  const body = collectBody();
  for await (const piece of (request.body as ReadableStream<Uint8Array> | null) ?? [])
    if (!body.add(piece)) break;
  return body.text();
}

function respond(answer: ViewAnswer): Response {
  const { headers, body } = encodeAnswer(answer);
  return new Response(body, { status: answer.status, headers });
}
