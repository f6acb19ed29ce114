import type { SessionUser } from "~/auth/sessions";
import type { Runtime } from "~/runtime/create-runtime";

/** Who acts, why, and with what. */
export interface Operator {
  runtime: Pick<Runtime, "db" | "log" | "queue" | "settings" | "redisAnswers" | "env">;
  user: Pick<SessionUser, "id" | "name" | "email">;
  reason: string;
}
