import type { SerializeFrom } from "@remix-run/node";
import { Link } from "@remix-run/react";
import type { ReactNode } from "react";
import { formatDuration } from "~/shared/format";
import type { loadMePage } from "./load-me-page";
import { PageOutcomes } from "./page-outcomes";

type MePageProps = SerializeFrom<typeof loadMePage>;

/** What is counted of this reader, and what they can do about it. */
export function MePage(props: MePageProps) {
  const { name, windowMs, exclusion } = props;
  const window = formatDuration(windowMs / 1000);
  return (
    <main className="mx-auto max-w-page px-5 pt-8 pb-24 sm:px-8 sm:pt-16">
      <h1 className="font-serif text-3xl tracking-tight sm:text-4xl">What is counted of you</h1>
      <p className="mt-6 max-w-measure font-serif text-read text-pretty" data-exclusion={exclusion ?? ""}>
        {exclusion ? REASONS[exclusion] : `Your first view of each page counts, once in ${window}.`}{" "}
        <Link to="/privacy" className="link">
          What is kept, and for how long
        </Link>
      </p>
      <Section id="pages" title="Pages that you read">
        <PageOutcomes {...props} window={window} />
      </Section>
      <Section id="counting" title="Counting">
        <OptOut {...props} />
      </Section>
      <Section id="signal" title="Your browser’s privacy signal">
        <p className="mt-5 max-w-[62ch] text-base text-pretty">{signalText(props.signal)}</p>
      </Section>
      <Section id="data" title="Your data">
        {name === null ? (
          <p className="mt-5 max-w-[62ch] text-base text-pretty">
            Without an account, nothing here is stored under your name: there is nothing to copy or delete.
          </p>
        ) : (
          <AccountLinks name={name} />
        )}
      </Section>
    </main>
  );
}

const REASONS: Record<NonNullable<MePageProps["exclusion"]>, string> = {
  "opted-out": "None of your views counts: you opted out.",
  "privacy-signal": "None of your views counts: your browser asks for privacy (GPC, DNT).",
  robot: "None of your views counts: your browser’s name is that of a robot.",
  "no-user-agent": "None of your views counts: your browser does not say its name.",
  automated: "None of your views counts: a program drives this browser.",
  prefetch: "This page was loaded ahead of time, which counts nothing.",
  author: "Your views of your own stories do not count.",
  unpublished: "Unpublished pages do not count.",
  "too-many": "Too many views come from your address.",
};

function Section({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <section aria-labelledby={id} className="mt-14">
      <h2 id={id} className="border-b border-ink pb-2 text-sm font-medium">
        {title}
      </h2>
      {children}
    </section>
  );
}

function OptOut({ optedOut, name }: MePageProps) {
  const out = optedOut.account || optedOut.browser;
  const where = name === null ? "in this browser" : "on every device where you log in, and in this browser";
  return (
    <>
      <p className="mt-5 max-w-[62ch] text-base text-pretty">
        {out
          ? `Your views are not counted${optedOut.account ? " on any device where you log in" : " in this browser"}. Reading works as before${name === null ? "" : ", and your place in a story is still kept"}.`
          : `Your views are counted. You may opt out ${where}. ${name === null ? "A cookie that says only this is then kept in this browser." : "It takes effect elsewhere within seconds."}`}
      </p>
      <form method="post" className="mt-5">
        <input type="hidden" name="intent" value={out ? "opt-in" : "opt-out"} />
        <button type="submit" className="button button-quiet">
          {out ? "Count my views again" : "Do not count my views"}
        </button>
      </form>
    </>
  );
}

function AccountLinks({ name }: { name: string }) {
  return (
    <>
      <p className="mt-5 max-w-[62ch] text-base text-pretty">You are logged in as {name}.</p>
      <div className="mt-5 flex flex-wrap gap-3">
        <a href="/account/data.json" download="tidemark-account.json" className="button button-quiet">
          Download my data
        </a>
        <form method="post" action="/account">
          <input type="hidden" name="intent" value="sign-out-everywhere" />
          <button type="submit" className="button button-quiet">
            Log out everywhere
          </button>
        </form>
        <Link to="/account/delete" className="button button-quiet">
          Delete my account
        </Link>
      </div>
    </>
  );
}

function signalText({ sent, honoured }: MePageProps["signal"]) {
  if (!sent) return "Your browser sends neither Global Privacy Control nor Do Not Track.";
  return honoured
    ? "Your browser sends Global Privacy Control or Do Not Track. This site heeds it: none of your views is counted."
    : "Your browser sends Global Privacy Control or Do Not Track. This site does not act on it, as its counts are about pages and not about you. Opt out above if you prefer.";
}
