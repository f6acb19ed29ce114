import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { Outlet } from "@remix-run/react";
import { requirePermission } from "~/auth/permissions";
import { consolePage } from "~/ui/shell/page-style";
import "../console.css";

export const handle = consolePage;

export const meta: MetaFunction = () => [
  { title: "Your stories · Tidemark" },
  { name: "robots", content: "noindex" },
];

/** Keeps out everyone except editors; each page below asks for its own permission, too. */
export async function loader({ context, request }: LoaderFunctionArgs) {
  await requirePermission(context, request, "editor.view");
  return null;
}

/** The layout of the editors' pages. */
export default function EditorLayout() {
  return <Outlet />;
}
