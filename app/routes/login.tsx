import {
  type ActionFunctionArgs,
  type HeadersFunction,
  json,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from "@remix-run/node";
import { Form, useActionData, useLoaderData } from "@remix-run/react";
import { currentUser } from "~/auth/current-user";
import { safeRedirect } from "~/auth/safe-redirect";
import { siteOrigin } from "~/pages/reading/read-story";
import { pageMeta } from "~/ui/shell/page-meta";

declare module "@remix-run/node" {
  interface AppLoadContext {
    /** Set once the form has been answered: the page then shows that answer, even to a person who is signed in. */
    logInAnswered?: boolean;
  }
}

export async function loader({ request, context }: LoaderFunctionArgs) {
  const next = safeRedirect(new URL(request.url).searchParams.get("next"));
  // A redirect here would turn a wrong password into a success, for the page and for the limit on tries.
  if (!context.logInAnswered && (await currentUser(context, request))) throw redirect(next);
  return { next, origin: siteOrigin(context, request) };
}

export async function action({ request, context }: ActionFunctionArgs) {
  context.logInAnswered = true;
  const wait = context.logInWaitSeconds;
  if (wait !== undefined) {
    const message = `Too many tries from here. Wait ${Math.max(1, Math.ceil(wait / 60))} min, then try again.`;
    return json({ message, email: "" }, { status: 429, headers: { "Retry-After": String(Math.ceil(wait)) } });
  }
  const form = await readForm(request.clone());
  if (!form) return json({ message: "The form arrived damaged. Send it again.", email: "" }, { status: 400 });
  const result = await context.runtime.sessions.signIn(request);
  if (!result.ok)
    return json({ message: result.message, email: String(form.get("email") ?? "") }, { status: 401 });
  throw redirect(safeRedirect(form.get("next")), { status: 303, headers: result.headers });
}

/** Brings `Retry-After` to the page's own answer: Remix would leave it on the action's. */
export const headers: HeadersFunction = ({ actionHeaders }) => actionHeaders;

/** The posted form, or null for a body that is none. */
const readForm = (request: Request) => request.formData().catch(() => null);

export const meta: MetaFunction<typeof loader> = ({ data }) =>
  data
    ? pageMeta({
        title: "Log in · Tidemark",
        description: "Log in to Tidemark to keep your place in every story.",
        origin: data.origin,
        path: "/login",
        hidden: true,
      })
    : [];

export default function LogIn() {
  const { next } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  return (
    <main className="mx-auto max-w-[24rem] px-5 pt-12 pb-24 sm:pt-20">
      <h1 className="font-serif text-3xl font-medium tracking-tight">Log in</h1>
      <p className="mt-3 font-serif text-base text-ink-muted">The shelf then remembers where you stopped.</p>
      <Form method="post" reloadDocument className="mt-8 grid gap-5">
        <input type="hidden" name="next" value={next} />
        {failure && (
          <p role="alert" id="failure" className="border-l-2 border-ink pl-3 text-sm">
            {failure.message}
          </p>
        )}
        <label className="grid gap-1.5 text-sm font-medium">
          E-mail address
          <input
            className="field font-normal"
            type="email"
            name="email"
            autoComplete="username"
            defaultValue={failure?.email}
            required
            aria-invalid={failure ? true : undefined}
            aria-describedby={failure ? "failure" : undefined}
          />
        </label>
        <label className="grid gap-1.5 text-sm font-medium">
          Password
          <input
            className="field font-normal"
            type="password"
            name="password"
            autoComplete="current-password"
            required
            maxLength={512}
          />
        </label>
        <button type="submit" className="button mt-1">
          Log in
        </button>
      </Form>
    </main>
  );
}
