import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { Link, Outlet, useLoaderData } from "@remix-run/react";
import { describeStale, readLastEvaluation } from "~/alerts/watch-evaluation";
import { isReadOnly, requirePermission } from "~/auth/permissions";
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
 * Keeps out everyone except operators, read-only ones included; each page below asks for its own permission, too. Says on all of them
 * when the alert rules are not evaluated: an empty list of alerts means nothing then.
 */
export async function loader({ context, request }: LoaderFunctionArgs) {
  const { role } = await requirePermission(context, request, "admin.view");
  const now = new Date();
  // Without Postgres each page says so itself.
  const evaluation = await withTimeoutOrNull(EVALUATION_MS, readLastEvaluation(context.runtime.db, now));
  return { now, readOnly: isReadOnly(role), unwatched: describeStale(evaluation, now) };
}

/** The layout of the operators' pages. */
export default function Admin() {
  const { now, readOnly, unwatched } = useLoaderData<typeof loader>();
  return (
    <ReadOnlyForms value={readOnly}>
      <OperationsNav />
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
