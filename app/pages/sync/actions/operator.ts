import type { AppLoadContext } from "@remix-run/node";
import type { SessionUser } from "~/auth/sessions";

/** Who acts, why, and with what. */
export interface Operator {
  runtime: Pick<AppLoadContext["runtime"], "db" | "log" | "queue" | "settings" | "redisAnswers" | "env">;
  user: Pick<SessionUser, "id" | "name" | "email">;
  reason: string;
}
