import type { AppLoadContext } from "@remix-run/node";
import type { z } from "zod";
import type { Permission } from "~/auth/permissions";
import type { SessionUser } from "~/auth/sessions";
import type { ActionResult } from "~/shared/action-result";

/** Who acts, why and when, and the parts of the runtime that actions use. */
export interface Operator {
  runtime: Pick<
    AppLoadContext["runtime"],
    | "db"
    | "queue"
    | "sessions"
    | "settings"
    | "changes"
    | "redisAnswers"
    | "redisViews"
    | "readLedger"
    | "env"
  >;
  /** Its lines name the request. */
  log: AppLoadContext["log"];
  user: Pick<SessionUser, "id" | "name" | "email">;
  /** "" if the action does not ask for one, or if it is optional and was left out. */
  reason: string;
  now: Date;
}

/** Something that operators can do with a form. */
export interface Action<Schema extends z.ZodType = z.ZodType> {
  permission: Permission;
  /** Whether the form must, may or does not give a reason, for people who read the audit log later. */
  reason: "required" | "optional" | "none";
  /** Parses the form's fields, units and bounds included, with one clear sentence per field that is wrong. */
  schema: Schema;
  /** Fields that are never sent back to the browser. */
  secrets?: readonly string[];
  /**
   * Performs the action and writes its audit row in the same transaction (`writeAudit`), so that neither exists without the
   * other. @throws Refusal when the action makes no sense now; anything else is a failure on our side.
   */
  run(operator: Operator, fields: z.output<Schema>): Promise<ActionResult>;
}

/** The actions of one page, by the intent that their forms send. */
export type Actions = Readonly<Record<string, Action>>;

/** Defines an action; the types of its fields are inferred from its schema. */
export const defineAction = <Schema extends z.ZodType>(action: Action<Schema>) => action;
