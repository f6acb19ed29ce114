import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { Outlet, useLoaderData } from "@remix-run/react";
import { isReadOnly, requirePermission } from "~/auth/permissions";
import { ReadOnlyForms } from "~/ui/forms/read-only";
import { OperationsNav } from "~/ui/shell/operations-nav";
import { consolePage } from "~/ui/shell/page-style";
import "../console.css";

export const handle = consolePage;

export const meta: MetaFunction = () => [
  { title: "Operations · Tidemark" },
  { name: "robots", content: "noindex" },
];

/** Keeps out everyone except operators, read-only ones included; each page below asks for its own permission, too. */
export async function loader({ context, request }: LoaderFunctionArgs) {
  const { role } = await requirePermission(context, request, "admin.view");
  return { readOnly: isReadOnly(role) };
}

/** The layout of the operators' pages. */
export default function Admin() {
  return (
    <ReadOnlyForms value={useLoaderData<typeof loader>().readOnly}>
      <OperationsNav />
      <Outlet />
    </ReadOnlyForms>
  );
}
