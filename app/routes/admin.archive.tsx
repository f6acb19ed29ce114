import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { dispatchAction } from "~/console/dispatch-action";
import { ARCHIVE_ACTIONS } from "~/pages/archive/actions";
import { ArchivePage } from "~/pages/archive/archive-page";
import { loadArchivePage } from "~/pages/archive/load-archive-page";
import { keepForm } from "~/ui/forms/keep-form";

export const meta: MetaFunction = () => [
  { title: "Archive · Tidemark" },
  { name: "robots", content: "noindex" },
];

export const loader = (args: LoaderFunctionArgs) => loadArchivePage(args);

export const action = (args: ActionFunctionArgs) => dispatchAction(args, "admin.view", ARCHIVE_ACTIONS);

export const clientAction = keepForm;

export default ArchivePage;
