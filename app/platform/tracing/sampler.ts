import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-base";
import type { TracingEnv } from "./tracing";

/** What readers do, of which a sample is enough: their views, and the pages that they open. */
const READERS_SPANS = ["view", "page"];
const READERS_RATIO = 0.01;

/**
 * Which traces are kept. By default one in a hundred of what readers do, and everything else: syncs and operators' pages are few.
 * OTEL_TRACES_SAMPLER decides for all alike.
 */
export function samplerOf({
  OTEL_TRACES_SAMPLER: name,
  OTEL_TRACES_SAMPLER_ARG: ratio = 1,
}: TracingEnv): Sampler {
  switch (name) {
    case "always_on":
      return new AlwaysOnSampler();
    case "always_off":
      return new AlwaysOffSampler();
    case "traceidratio":
      return new TraceIdRatioBasedSampler(ratio);
    case "parentbased_always_on":
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case "parentbased_always_off":
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case "parentbased_traceidratio":
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
    default:
      return new ParentBasedSampler({ root: readersLess() });
  }
}

function readersLess(): Sampler {
  const some = new TraceIdRatioBasedSampler(READERS_RATIO);
  const all = new AlwaysOnSampler();
  return {
    shouldSample: (context, traceId, spanName) =>
      READERS_SPANS.includes(spanName) ? some.shouldSample(context, traceId) : all.shouldSample(),
    toString: () => `1 in ${1 / READERS_RATIO} of readers, all others`,
  };
}
