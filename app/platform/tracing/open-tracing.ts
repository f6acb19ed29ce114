import { hostname } from "node:os";
import {
  context,
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { samplerOf } from "./sampler";
import type { SpanOptions, Tracing, TracingEnv } from "./tracing";

/** Sending must not hold the end of a process up for longer, ms. */
const SEND_TIMEOUT_MS = 3000;
/** Spans are gathered for this long, ms. */
const GATHER_MS = 2000;

/** Opens OpenTelemetry's SDK: spans go to `<endpoint>/v1/traces` as OTLP over HTTP, in batches. */
export function openTracing(
  env: TracingEnv & { OTEL_EXPORTER_OTLP_ENDPOINT: string },
  role: "web" | "worker",
  onError: (error: Error) => void,
): Tracing {
  const problem = (message: string) => onError(new Error(message));
  const silent = () => undefined;
  // Its failures come through here and nowhere else.
  diag.setLogger(
    { error: problem, warn: problem, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const endpoint = env.OTEL_EXPORTER_OTLP_ENDPOINT.replace(/\/+$/, "");
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, timeoutMillis: SEND_TIMEOUT_MS });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      "service.name": env.OTEL_SERVICE_NAME ?? `tidemark-${role}`,
      "service.instance.id": `${role}-${hostname()}-${process.pid}`,
    }),
    sampler: samplerOf(env),
    spanProcessors: [
      new BatchSpanProcessor(exporter, {
        scheduledDelayMillis: GATHER_MS,
        exportTimeoutMillis: SEND_TIMEOUT_MS,
      }),
    ],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const tracer = provider.getTracer("tidemark");

  function span<T>(name: string, work: () => Promise<T>, { facts, parent, links = [] }: SpanOptions = {}) {
    const remote = parent === undefined ? null : parseSpan(parent);
    const around = remote ? trace.setSpanContext(ROOT_CONTEXT, remote) : context.active();
    const linked = links.flatMap((link) => parseSpan(link) ?? []).map((found) => ({ context: found }));
    const started = tracer.startSpan(name, { attributes: facts, links: linked }, around);
    return context.with(trace.setSpan(around, started), () => follow(started, work));
  }

  return {
    span,
    current() {
      const found = trace.getSpan(context.active());
      return found?.isRecording() ? formatSpan(found.spanContext()) : undefined;
    },
    apart: (work) => context.with(ROOT_CONTEXT, work),
    stop: () => provider.shutdown().catch(onError),
  };
}

async function follow<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // Its message may name addresses and values.
    span.setAttribute("error.type", (error as Error).name);
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

const formatSpan = ({ traceId, spanId, traceFlags }: SpanContext) =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;

/** Null for anything that is not a `traceparent` of version 0: a job's data can be written by anyone who can write to Redis. */
function parseSpan(text: string): SpanContext | null {
  const [, traceId = "", spanId = "", flags = ""] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(text) ?? [];
  if (!traceId || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
}
