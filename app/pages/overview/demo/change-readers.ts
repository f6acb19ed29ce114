import { z } from "zod";
import { readDemoRoles } from "~/auth/demo-accounts";
import { defineAction } from "~/console/action";
import { areDemoReadersThere, changeDemoReaders } from "~/platform/demo-readers";
import { done, refused } from "~/shared/action-result";

/** Starts or stops the demo's made-up readers. Refused on a site that is not a demo. */
export const changeReaders = defineAction({
  permission: "settings.change",
  reason: "none",
  schema: z.object({ on: z.enum(["true", "false"]).transform((on) => on === "true") }),
  async run({ runtime, user }, { on }) {
    const { db, env } = runtime;
    if ((await readDemoRoles(db, env)).length === 0)
      return refused("No change: this site is not a demo, and has no made-up readers.");
    await changeDemoReaders(db, user, { on });
    if (!on) return done("The demo's readers stop within two seconds.");
    return (await areDemoReadersThere(db))
      ? done("The demo's readers start within two seconds.")
      : done("They start with npm start or npm run demo: neither is running now.");
  },
});
