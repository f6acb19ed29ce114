import type { AppLoadContext } from "@remix-run/node";
import type { Permission } from "~/auth/permissions";
import { requirePermission } from "~/auth/permissions";
import { type ActionResult, refused } from "~/shared/action-result";
import { changeInterval } from "./change-interval";
import type { Operator } from "./operator";
import { pauseSync, resumeSync } from "./pause-sync";
import { readReason } from "./read-reason";
import { repairStory } from "./repair-story";
import { retryRun, runSyncNow } from "./run-sync";
import { switchStore } from "./switch-store";

interface Control {
  right: Permission;
  act(operator: Operator, form: FormData): Promise<ActionResult>;
}

const text = (form: FormData, name: string) => String(form.get(name) ?? "");

/** Everything that can be done on the page Sync: who may, and what is done. */
export const CONTROLS: Record<string, Control> = {
  run: {
    right: "sync.run",
    act: (operator, form) => {
      const force = text(form, "force") === "yes";
      const run = text(form, "run");
      return run ? retryRun(operator, Number(run) || 0, force) : runSyncNow(operator, force);
    },
  },
  pause: {
    right: "sync.pause",
    act: (operator, form) => pauseSync(operator, Number(text(form, "hours")), new Date()),
  },
  resume: { right: "sync.pause", act: (operator) => resumeSync(operator, new Date()) },
  interval: {
    right: "settings.change",
    act: (operator, form) => changeInterval(operator, Number(text(form, "hours"))),
  },
  switch: {
    right: "settings.change",
    act: async (operator, form) => {
      const store = text(form, "store");
      if (store !== "redis" && store !== "database")
        return refused("Nothing was done: there is no such store.");
      return switchStore(operator, store, text(form, "how") !== "at-once");
    },
  },
  repair: { right: "story.repair", act: (operator, form) => repairStory(operator, text(form, "story")) },
};

/**
 * Does what a form asks for: the right first, then the reason, then the deed, which audits itself. What fails on the way
 * (Postgres away) is logged and said in one line; the page stands.
 */
export async function act(
  context: AppLoadContext,
  request: Request,
): Promise<ActionResult & { control: string }> {
  await requirePermission(context, request, "sync.view");
  const form = await request.formData().catch(() => new FormData());
  const control = text(form, "control");
  const chosen = Object.hasOwn(CONTROLS, control) ? CONTROLS[control] : undefined;
  if (!chosen) return { control, ...refused("Nothing was done: the form does not say what to do.") };
  const user = await requirePermission(context, request, chosen.right);
  const given = readReason(form);
  if ("answer" in given) return { control, ...given.answer };
  const { runtime } = context;
  try {
    return { control, ...(await chosen.act({ runtime, user, reason: given.reason }, form)) };
  } catch (error) {
    runtime.log.error({ err: error, control }, "an operator's action failed");
    return {
      control,
      ...refused("It failed on our side, and is in the log. Look at the state below before you ask again."),
    };
  }
}
