import type { ActionFunctionArgs, MetaFunction } from "@remix-run/node";
import { dispatchAction } from "~/console/dispatch-action";
import { USER_ACTIONS } from "~/pages/users/actions";
import { loadUsersPage } from "~/pages/users/load-users-page";
import { UsersPage } from "~/pages/users/users-page";
import { keepForm } from "~/ui/forms/keep-form";

export const meta: MetaFunction = () => [
  { title: "Users · Tidemark" },
  { name: "robots", content: "noindex" },
];

export const loader = loadUsersPage;
export const action = (args: ActionFunctionArgs) => dispatchAction(args, "users.view", USER_ACTIONS);
export const clientAction = keepForm;

export default UsersPage;
