import type { LoaderFunctionArgs } from "@remix-run/node";
import { requirePermission } from "~/auth/permissions";
import { OPERATORS } from "~/shared/roles";

/** A person's account: who they are, where they are logged in, and their second factor. */
export async function loadAccountPage({ context, request }: Pick<LoaderFunctionArgs, "context" | "request">) {
  const user = await requirePermission(context, request, "account.view");
  const { sessions, auth, env } = context.runtime;
  const [list, secondFactor] = await Promise.all([
    sessions.list(user.id, request),
    auth.secondFactors.stateOf(user),
  ]);
  return {
    now: new Date(),
    name: user.name,
    email: user.email,
    sessions: list,
    secondFactor,
    /** Whether this person needs a second factor (REQUIRE_OPS_TOTP). */
    needsSecondFactor: env.REQUIRE_OPS_TOTP && OPERATORS.includes(user.role),
  };
}
