import type { Env } from "../env";

/** What a span says beside its name and times. Never an address, a key of a reader, a token, or a value of a statement. */
export type SpanFacts = Record<string, string | number | boolean>;

export interface SpanOptions {
  facts?: SpanFacts;
  /** The span that this one belongs to, as `current` gave it; the running one unless stated. */
  parent?: string;
  /** Spans that this one works for as well, as a batch does. */
  links?: readonly string[];
}

/** Traces what a process does, with OpenTelemetry. Where tracing is off there is none, and nothing is wrapped. */
export interface Tracing {
  /** Runs work as a span. Rejects as the work does, and the span then has the error's name, not its message. */
  span<T>(name: string, work: () => Promise<T>, options?: SpanOptions): Promise<T>;
  /** The running span in the form of a `traceparent` header, to pass on; undefined when it is not sampled. */
  current(): string | undefined;
  /** Runs work that belongs to no span, whichever is running. */
  apart<T>(work: () => T): T;
  /** Sends what was not sent yet, and stops. Never rejects. */
  stop(): Promise<void>;
}

/** The settings of tracing, under OpenTelemetry's own names. */
export type TracingEnv = Pick<
  Env,
  "OTEL_EXPORTER_OTLP_ENDPOINT" | "OTEL_SERVICE_NAME" | "OTEL_TRACES_SAMPLER" | "OTEL_TRACES_SAMPLER_ARG"
>;

/**
 * Starts tracing if there is an endpoint; null otherwise, and then no package of OpenTelemetry is loaded. `onError` gets failures to
 * send spans, which are then lost. Call it before any connection is made.
 */
export async function startTracing(
  env: TracingEnv,
  role: "web" | "worker",
  onError: (error: Error) => void,
): Promise<Tracing | null> {
  if (!env.OTEL_EXPORTER_OTLP_ENDPOINT) return null;
  const [{ openTracing }, { traceClients }] = await Promise.all([
    import("./open-tracing"),
    import("./trace-clients"),
  ]);
  const tracing = openTracing(
    { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: env.OTEL_EXPORTER_OTLP_ENDPOINT },
    role,
    onError,
  );
  traceClients(tracing);
  return tracing;
}
