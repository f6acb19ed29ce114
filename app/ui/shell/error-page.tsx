import { Link } from "@remix-run/react";
import { lookUp } from "~/shared/look-up";

interface Explanation {
  title: string;
  text: string;
}

const EXPLANATIONS: Record<number, Explanation> = {
  403: {
    title: "You do not have access to this page",
    text: "You are logged in, but your account does not have permission to open it. If you need access, ask an operator of the site.",
  },
  404: {
    title: "Page not found",
    text: "It may have moved, or its author has not published it yet. Check the address, or go back to all stories.",
  },
  405: {
    title: "That is not possible here",
    text: "This page does not accept that request. Please open it again.",
  },
  429: { title: "Too many attempts", text: "Please wait a few minutes, then try again." },
};

const SERVER_ERROR: Explanation = {
  title: "Something went wrong",
  text: "This isn't your fault. The error has been logged. Please try again in a minute.",
};

interface ErrorPageProps {
  status: number;
  /** Why the site refused, as its answer says; only a refusal of permission is shown in its own words. */
  reason?: string;
  /** The page of the person's own role. */
  home?: { to: string; name: string } | null;
}

/** The page for an error: what happened and what to do, without internal details. */
export function ErrorPage({ status, reason, home }: ErrorPageProps) {
  const { title, text } = lookUp(EXPLANATIONS, status) ?? SERVER_ERROR;
  return (
    <main className="mx-auto max-w-catalogue px-5 pt-16 pb-24 sm:px-8 sm:pt-28">
      <p className="figures text-sm text-ink-muted">Error {status}</p>
      <h1 className="mt-3 font-serif text-3xl tracking-tight">{title}</h1>
      <p className="mt-4 max-w-measure font-serif text-read text-ink-muted">
        {status === 403 && reason ? reason : text}
      </p>
      <p className="mt-8 flex flex-wrap gap-3">
        {status === 403 && home && (
          <Link to={home.to} className="button">
            {home.name}
          </Link>
        )}
        <Link to="/" className="button button-quiet">
          All stories
        </Link>
      </p>
    </main>
  );
}
