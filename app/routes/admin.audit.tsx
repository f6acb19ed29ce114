import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { AuditPage } from "~/pages/audit/audit-page";
import { loadAuditPage } from "~/pages/audit/load-audit-page";

export const meta: MetaFunction = () => [
  { title: "Audit · Tidemark" },
  { name: "robots", content: "noindex" },
];

export const loader = (args: LoaderFunctionArgs) => loadAuditPage(args);

export default AuditPage;
