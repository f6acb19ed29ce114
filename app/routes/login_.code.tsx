import {
  type ActionFunctionArgs,
  type HeadersFunction,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from "@remix-run/node";
import { useActionData, useLoaderData } from "@remix-run/react";
import { askedPage } from "~/auth/landing";
import { CodePage } from "~/pages/account/code-page";
import { sendCode } from "~/pages/account/log-in-action";
import { logInAddress } from "~/pages/account/log-in-address";

/** The page to open after the log-in. Without a password that was right just now, the log-in starts again. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const next = askedPage(new URL(request.url).searchParams.get("next"));
  const person = await context.runtime.auth.codeStep.personOf(request.headers.get("Cookie"));
  if (!person) throw redirect(logInAddress(next));
  return { next, email: person.email };
}

/** Logs in and opens the requested page, or shows the form again. */
export const action = (args: ActionFunctionArgs) => sendCode(args);

/** Copies `Retry-After` from the action to the page, which Remix does not do by itself. */
export const headers: HeadersFunction = ({ actionHeaders }) => actionHeaders;

export const meta: MetaFunction = () => [
  { title: "Enter your code · Tidemark" },
  { name: "robots", content: "noindex" },
];

export default function CodeRoute() {
  return <CodePage {...useLoaderData<typeof loader>()} failure={useActionData<typeof action>()} />;
}
