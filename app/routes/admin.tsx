import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { Outlet } from "@remix-run/react";
import { requirePermission } from "~/auth/permissions";
import { OperationsNav } from "~/ui/shell/operations-nav";
import { consolePage } from "~/ui/shell/page-style";
import "../console.css";

export const handle = consolePage;

export const meta: MetaFunction = () => [
  { title: "Operations · Tidemark" },
  { name: "robots", content: "noindex" },
];

/** Keeps out everyone except operators; each page below asks for its own permission, too. */
export async function loader({ context, request }: LoaderFunctionArgs) {
  await requirePermission(context, request, "admin.view");
  return null;
}

/** The layout of the operators' pages. */
export default function Admin() {
  return (
    <>
      <OperationsNav />
      <Outlet />
    </>
  );
}
