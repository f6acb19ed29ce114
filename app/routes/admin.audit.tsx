import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { AuditPage } from "~/pages/audit/audit-page";
import { loadAuditPage } from "~/pages/audit/load-audit-page";
import { rememberFirstStep } from "~/platform/first-steps-state";

export const meta: MetaFunction = () => [
  { title: "Audit · Tidemark" },
  { name: "robots", content: "noindex" },
];

/** The audit; and that it was opened, which is one of the overview's first steps. */
export async function loader(args: LoaderFunctionArgs) {
  const page = await loadAuditPage(args);
  const { runtime, log } = args.context;
  await rememberFirstStep(runtime.db, "auditRead", "the audit page").catch((error: Error) =>
    log.warn({ error: error.message }, "that the audit was opened could not be remembered"),
  );
  return page;
}

export default AuditPage;
