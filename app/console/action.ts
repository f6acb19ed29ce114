import type { AppLoadContext } from "@remix-run/node";
import type { z } from "zod";
import type { Permission } from "~/auth/permissions";
import type { SessionUser } from "~/auth/sessions";
import type { ActionResult } from "~/shared/action-result";

/** Who acts, why, when, and with what. */
export interface Operator {
  runtime: Pick<AppLoadContext["runtime"], "db" | "log" | "queue" | "settings" | "redisAnswers" | "env">;
  user: Pick<SessionUser, "id" | "name" | "email">;
  /** "" where the action asks for none. */
  reason: string;
  now: Date;
}

/** Something that operators can do with a form. */
export interface Action<Schema extends z.ZodType = z.ZodType> {
  permission: Permission;
  /** Whether the form must say why. The reason is for people who read the audit log later. */
  reason: "required" | "none";
  /** Parses the form's fields, units and bounds included, with one clear sentence per field that is wrong. */
  schema: Schema;
  /** Fields that are never sent back to the browser. */
  secrets?: readonly string[];
  /**
   * Does it, and writes its audit row in the same transaction (`writeAudit`), so that neither exists without the other.
   * @throws Refusal when it makes no sense; anything else is a failure on our side.
   */
  run(operator: Operator, fields: z.output<Schema>): Promise<ActionResult>;
}

/** The actions of one page, by the intent that their forms send. */
export type Actions = Readonly<Record<string, Action>>;

/** An action as it is written down, with the types of its fields taken from its schema. */
export const defineAction = <Schema extends z.ZodType>(action: Action<Schema>) => action;
