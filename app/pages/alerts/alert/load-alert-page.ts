import type { LoaderFunctionArgs } from "@remix-run/node";
import { openPage } from "~/console/open-page";
import { readOperators } from "../read-operators";
import { readAlert } from "./read-alert";

/** The largest id that Postgres keeps in an integer. */
const LARGEST_ID = 2 ** 31 - 1;

/** One alert with its timeline. @throws a 404 where there is none of that number. */
export async function loadAlertPage(args: LoaderFunctionArgs) {
  const { db, now } = await openPage(args, "alerts.view");
  const id = Number(args.params.id);
  const known = Number.isInteger(id) && id > 0 && id <= LARGEST_ID;
  const found = known ? await readAlert(db, id, now) : null;
  if (!found)
    throw new Response("There is no alert with this number. Alerts that never fired are not kept.", {
      status: 404,
      statusText: "Not Found",
    });
  return { now, ...found, operators: await readOperators(db) };
}
