import type pg from "pg";
import type { PrismaClient } from "../../prisma/client/client";
import type { Env } from "../platform/env";
import { createGate, type Gate } from "../platform/gate";
import { createSecretBox } from "../platform/secret-box";
import { type CodeStep, createCodeStep } from "./code-step";
import { mayBeDemo } from "./demo-accounts";
import { createLogIn, type LogIn } from "./log-in";
import { createLogInTries } from "./log-in-tries";
import { createSecondFactors, SECOND_FACTOR_BOX, type SecondFactors } from "./second-factor";
import { createSecurityEvents, type SecurityEvent, type SecurityEvents } from "./security-events";
import { createSessions, type Sessions } from "./sessions";

/** Log-ins waiting for their password to be checked, in each process; further ones are refused at once. */
const WAITING_LOG_INS = 20;

/** Everything about who someone is, and how they prove it. */
export interface Auth {
  logIn: LogIn;
  codeStep: CodeStep;
  secondFactors: SecondFactors;
  security: SecurityEvents;
  /** For whatever hashes passwords. */
  gate: Gate;
  /** Whether cookies are for HTTPS only. */
  secureCookies: boolean;
}

/** Wires sessions and log-ins. `count` receives each security event; `onError`, failures that no request waits for. */
export function createAuth(parts: {
  env: Env;
  db: PrismaClient;
  pool: pg.Pool;
  count(event: SecurityEvent): void;
  onError(error: Error): void;
}): { sessions: Sessions; auth: Auth } {
  const { env, db, pool, count, onError } = parts;
  const secrets = env.SESSION_SECRET;
  const cookies = { secrets, secure: env.PUBLIC_URL?.startsWith("https:") ?? false };
  const security = createSecurityEvents({ pool, count, onError });
  const secondFactors = createSecondFactors(db, createSecretBox(secrets, SECOND_FACTOR_BOX));
  // Several web processes share the processors.
  const gate = createGate({ atOnce: env.WEB_CONCURRENCY > 1 ? 1 : 2, waiting: WAITING_LOG_INS });
  return {
    sessions: createSessions({ db, ...cookies, requireOpsTotp: env.REQUIRE_OPS_TOTP, onError }),
    auth: {
      logIn: createLogIn({
        db,
        tries: createLogInTries(pool, secrets[0]),
        gate,
        secondFactors,
        security,
        cookies,
        demo: mayBeDemo(env),
      }),
      codeStep: createCodeStep(db, cookies),
      secondFactors,
      security,
      gate,
      secureCookies: cookies.secure,
    },
  };
}
