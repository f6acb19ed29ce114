import { z } from "zod";
import { lookUp } from "~/shared/look-up";
import { parseUrl } from "~/shared/parse-url";
import { isLoopback } from "./loopback";

const flag = z.enum(["true", "false", "1", "0"]).transform((value) => value === "true" || value === "1");
const optionalText = z
  .string()
  .transform((value) => value.trim() || undefined)
  .optional();
const url = (protocols: RegExp, example: string) =>
  z
    .string()
    .refine((value) => parseUrl(value) !== null && protocols.test(value), `must look like ${example}`);

/** An absolute directory of this machine, or a bucket. */
function isArchiveUrl(value: string) {
  const url = parseUrl(value);
  if (!url) return false;
  const { protocol, hostname, pathname } = url;
  return protocol === "file:" ? hostname === "" && pathname !== "/" : protocol === "s3:" && hostname !== "";
}

const SHORTEST_SECRET = 16;

/**
 * The newest first, which signs and seals; the others are only read with, until nothing needs them. A secret of an earlier version
 * may be a sentence with commas, whose parts are short or which comes last here: it goes on working.
 */
const secrets = z
  .string()
  .min(SHORTEST_SECRET, `must have at least ${SHORTEST_SECRET} characters`)
  .transform((text): [string, ...string[]] => {
    const [newest = text, ...older] = text.split(",").map((secret) => secret.trim());
    if (older.length === 0 || [newest, ...older].some((secret) => secret.length < SHORTEST_SECRET))
      return [text];
    return [newest, ...older, text];
  });

const schema = z.object({
  NODE_ENV: z.enum(["development", "production", "test"]).default("production"),
  HOST: z.string().min(1).default("127.0.0.1"),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  WEB_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(1),
  PUBLIC_URL: url(/^https?:/, "https://stories.example").optional(),
  DATABASE_URL: url(/^postgres(ql)?:/, "postgresql://user:password@host:5432/tidemark"),
  /** Read by what changes tables, never by the site itself. */
  MIGRATION_DATABASE_URL: url(/^postgres(ql)?:/, "postgresql://owner:password@host:5432/tidemark").optional(),
  REDIS_URL: url(/^rediss?:/, "redis://host:6379").optional(),
  REDIS_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9_:-]{1,32}$/, "may have up to 32 letters, digits, '-', '_' and ':'")
    .default(""),
  SESSION_SECRET: secrets,
  REQUIRE_OPS_TOTP: flag.default(false),
  SEED_DEMO: flag.default(false),
  TRUST_PROXY: z.coerce.number().int().min(0).max(10).default(0),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "silent"]).default("info"),
  VIEW_TRACKING_REDIS_ENABLED: flag.default(false),
  VIEW_DEDUP_TTL_HOURS: z.coerce.number().int().min(1).max(168).default(24),
  VIEW_SYNC_INTERVAL_HOURS: z.coerce.number().positive().max(168).default(12),
  VIEW_OUTAGE_GRACE_HOURS: z.coerce.number().int().min(1).max(24).default(6),
  VIEW_REDIS_TIMEOUT_MS: z.coerce.number().int().min(20).max(1000).default(150),
  VIEW_DATABASE_TIMEOUT_MS: z.coerce.number().int().min(50).max(10_000).default(1000),
  VIEW_RECONCILE_INTERVAL_SECONDS: z.coerce.number().positive().max(3600).default(60),
  VIEW_CLOCK: z.enum(["redis", "request"]).default("redis"),
  FAULT_KILL_AT: optionalText,
  VIEW_LIMIT_BURST: z.coerce.number().int().min(0).max(1_000_000).default(300),
  VIEW_LIMIT_PER_MINUTE: z.coerce.number().positive().max(1_000_000).default(60),
  HONOUR_PRIVACY_SIGNALS: flag.default(false),
  REFERRER_SPAM_FILE: optionalText,
  ASSETS_DIR: z.string().min(1).default(".data/assets"),
  JOURNAL_DIR: z.string().min(1).default(".data/journal"),
  JOURNAL_MAX_MB: z.coerce.number().int().min(1).max(10_240).default(64),
  ARCHIVE_URL: z
    .string()
    .refine(isArchiveUrl, "must look like file:///var/lib/tidemark/archive or s3://bucket/folder")
    .optional(),
  ARCHIVE_AFTER_MONTHS: z.coerce.number().int().min(1).max(120).default(12),
  ARCHIVE_BUCKET_ENDPOINT: url(/^https?:/, "https://s3.example.org").optional(),
  ARCHIVE_BUCKET_REGION: z.string().min(1).default("us-east-1"),
  ARCHIVE_BUCKET_KEY_ID: optionalText,
  ARCHIVE_BUCKET_SECRET: optionalText,
  METRICS_TOKEN: optionalText,
  WORKER_METRICS_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  WEBHOOK_ALLOW_PRIVATE: flag.default(false),
  SMTP_URL: url(/^smtps?:/, "smtps://user:password@mail.stories.example:465").optional(),
  MAIL_FROM: z
    .string()
    .regex(
      /^([^<>@"\p{Cc}]+ <[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/u,
      "must look like Tidemark <alerts@stories.example>",
    )
    .optional(),
  HEARTBEAT_URL: url(/^https?:/, "https://hc-ping.com/your-uuid").optional(),
  HEARTBEAT_INTERVAL_SECONDS: z.coerce.number().int().min(15).max(3600).default(60),
  OTEL_EXPORTER_OTLP_ENDPOINT: url(/^https?:/, "http://collector:4318").optional(),
  OTEL_SERVICE_NAME: optionalText,
  OTEL_TRACES_SAMPLER: z
    .enum([
      "always_on",
      "always_off",
      "traceidratio",
      "parentbased_always_on",
      "parentbased_always_off",
      "parentbased_traceidratio",
    ])
    .optional(),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).optional(),
});

/** Every setting that Tidemark reads from its environment, parsed; `.env.example` explains each. */
export type Env = z.infer<typeof schema>;

/** An invalid setting. Its message is one line for a person; it never contains the value, which may be a secret. */
export class BadSetting extends Error {
  override name = "BadSetting";
}

type Source = Record<string, string | undefined>;

/** @throws BadSetting naming the first variable that is missing or invalid. */
function parseSettings<T>(settings: z.ZodType<T>, source: Source): T {
  const given = Object.fromEntries(
    Object.entries(source).filter(([, value]) => value !== undefined && value.trim() !== ""),
  );
  const parsed = settings.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const name = String(issue?.path[0] ?? "environment");
    const why = lookUp(given, name) === undefined ? "is required and not set" : issue?.message;
    throw new BadSetting(`${name}: ${why}. See .env.example.`);
  }
  return parsed.data;
}

const countingRules = schema.pick({
  VIEW_DEDUP_TTL_HOURS: true,
  HONOUR_PRIVACY_SIGNALS: true,
  PUBLIC_URL: true,
});

/** The settings that decide what counts, for programs that need no others. @throws BadSetting */
export const readCountingRules = (source: Source = process.env) => parseSettings(countingRules, source);

/**
 * Parses the environment. Empty strings count as unset, so that a line `REDIS_URL=` in an env file switches a setting off.
 * @throws BadSetting naming the first variable that is missing or invalid.
 */
export function readEnv(source: Source = process.env): Env {
  const env = parseSettings(schema, source);
  if (env.VIEW_TRACKING_REDIS_ENABLED && !env.REDIS_URL)
    throw new BadSetting(
      "REDIS_URL: is required when VIEW_TRACKING_REDIS_ENABLED is true. See .env.example.",
    );
  if (env.NODE_ENV === "production" && !env.PUBLIC_URL && !isLoopback(env.HOST))
    throw new BadSetting(
      "PUBLIC_URL: is required when HOST opens the site to the network: give the address that readers use, so that cookies and links are right. See .env.example.",
    );
  if (env.SMTP_URL && !env.MAIL_FROM)
    throw new BadSetting(
      "MAIL_FROM: is required with SMTP_URL: give the address that alerts are sent from. See .env.example.",
    );
  if (env.WORKER_METRICS_PORT && !env.METRICS_TOKEN)
    throw new BadSetting(
      "WORKER_METRICS_PORT: needs METRICS_TOKEN, without which metrics are closed. See .env.example.",
    );
  if (env.ARCHIVE_URL?.startsWith("s3:") && !(env.ARCHIVE_BUCKET_KEY_ID && env.ARCHIVE_BUCKET_SECRET))
    throw new BadSetting(
      "ARCHIVE_URL: a bucket needs ARCHIVE_BUCKET_KEY_ID and ARCHIVE_BUCKET_SECRET. See .env.example.",
    );
  if (env.VIEW_CLOCK === "request" && env.NODE_ENV === "production")
    throw new BadSetting(
      "VIEW_CLOCK: 'request' lets clients choose the time of a view; it is for tests, not for NODE_ENV=production.",
    );
  if (env.FAULT_KILL_AT && env.NODE_ENV === "production")
    throw new BadSetting(
      "FAULT_KILL_AT: kills the worker at a step; it is for tests, not for NODE_ENV=production.",
    );
  return env;
}

/** The dedupe window in ms, for readers' pages: they send a view again when they are looked at after it. */
export const windowMs = ({ VIEW_DEDUP_TTL_HOURS }: Pick<Env, "VIEW_DEDUP_TTL_HOURS">) =>
  VIEW_DEDUP_TTL_HOURS * 3_600_000;
