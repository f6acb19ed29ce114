import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { Link, Outlet, useLoaderData } from "@remix-run/react";
import { describeStale, readLastEvaluation } from "~/alerts/watch-evaluation";
import { isReadOnly, requirePermission } from "~/auth/permissions";
import { loadSiteState } from "~/pages/overview/load-site-state";
import { OutsideThePage } from "~/pages/overview/outside/outside-the-page";
import { useSiteState } from "~/pages/overview/outside/use-site-state";
import { withTimeoutOrNull } from "~/tracker/timeout";
import { ReadOnlyForms } from "~/ui/forms/read-only";
import { OperationsNav } from "~/ui/shell/operations-nav";
import { consolePage } from "~/ui/shell/page-style";
import { Sentence } from "~/ui/time/sentence";
import "../console.css";

/** A page does not wait longer, ms, for what is only a warning. */
const EVALUATION_MS = 1000;

export const handle = consolePage;

export const meta: MetaFunction = () => [
  { title: "Operations · Tidemark" },
  { name: "robots", content: "noindex" },
];

/**
 * Keeps out everyone except operators, read-only ones included, and reads the state of the site; each page below asks for its own
 * permission, too. Says on all of them when the alert rules are not evaluated: an empty list of alerts means nothing then.
 */
export async function loader(args: LoaderFunctionArgs) {
  const { id: userId, role } = await requirePermission(args.context, args.request, "admin.view");
  const now = new Date();
  const [state, evaluation] = await Promise.all([
    loadSiteState(args),
    // Without Postgres each page says so itself.
    withTimeoutOrNull(EVALUATION_MS, readLastEvaluation(args.context.runtime.db, now)),
  ]);
  return { now, userId, state, readOnly: isReadOnly(role), unwatched: describeStale(evaluation, now) };
}

/** The layout of the operators' pages. */
export default function Admin() {
  const loaded = useLoaderData<typeof loader>();
  const { now, userId, readOnly, unwatched } = loaded;
  const { state, isKnown } = useSiteState(loaded.state);
  return (
    <ReadOnlyForms value={readOnly}>
      <OperationsNav
        firing={state?.firing ?? 0}
        unread={state?.unread.find((inbox) => inbox.userId === userId)?.messages ?? 0}
      />
      <OutsideThePage state={state} isKnown={isKnown} />
      {unwatched && (
        <p
          role="alert"
          className="mx-auto w-full max-w-console px-5 pt-4 text-sm font-medium text-alarm sm:px-8"
        >
          <Sentence text={unwatched} now={now} />{" "}
          <Link to="/admin/runbook#alert-rules-are-not-evaluated" className="link font-normal">
            What to do
          </Link>
        </p>
      )}
      <Outlet />
    </ReadOnlyForms>
  );
}
