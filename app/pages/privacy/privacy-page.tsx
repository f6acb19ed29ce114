import { Link } from "@remix-run/react";
import type { ReactNode } from "react";
import type { PrivacyFact, PrivacyFacts } from "./privacy-facts";

/** What is kept about readers, in plain words. */
export function PrivacyPage({ window, honoursSignals, optOutKept, visitors, accounts }: PrivacyFacts) {
  return (
    <main className="mx-auto max-w-page px-5 pt-8 pb-24 sm:px-8 sm:pt-16">
      <h1 className="font-serif text-3xl tracking-tight sm:text-4xl">Privacy</h1>
      <p className="mt-6 font-serif text-read text-pretty">
        This site counts how often its stories are read. It counts a page once per reader in {window}, without
        following anyone around: there are no advertisements, no scripts of other companies and no cookies
        until you log in or ask for one.
      </p>
      <Section id="visitors" title="Of everyone who reads here">
        <Facts facts={visitors} />
      </Section>
      <Section id="accounts" title="If you have an account">
        <Facts facts={accounts} />
      </Section>
      <Section id="browser" title="In your browser">
        <p className="mt-6 text-base">
          When you log in, a cookie keeps you logged in, and another one remembers that this browser is yours,
          so that a stranger’s wrong passwords do not keep you waiting. If you opt out of being counted, a
          cookie says so for {optOutKept} after your last change; it has no number in it. Your choices for how
          pages look stay in your browser and are never sent.
        </p>
      </Section>
      <Section id="choices" title="What you can do">
        <ul className="mt-6 flex list-disc flex-col gap-3 pl-5 text-base">
          <li>
            <Link to="/me" className="link">
              What is counted of you
            </Link>{" "}
            says what can be known, and lets you opt out, with or without an account.
          </li>
          <li>
            {honoursSignals
              ? "Switch on Global Privacy Control or Do Not Track in your browser: this site then counts none of your views."
              : "This site does not act on Global Privacy Control or Do Not Track, as its counts are about pages and not about you. Opt out instead if you prefer."}
          </li>
          <li>
            <Link to="/account" className="link">
              Your account
            </Link>{" "}
            has a copy of everything about you, ends all your sessions, and deletes your account.
          </li>
        </ul>
      </Section>
    </main>
  );
}

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

function Facts({ facts }: { facts: PrivacyFact[] }) {
  return (
    <ul>
      {facts.map(({ what, text, kept, seenBy }) => (
        <li key={what} className="border-b border-line py-6">
          <h3 className="font-serif text-xl tracking-tight">{what}</h3>
          <p className="mt-2 max-w-[62ch] text-base text-pretty">{text}</p>
          <dl className="mt-3 grid gap-x-4 gap-y-1 text-sm sm:grid-cols-[6rem_1fr]">
            <dt className="text-ink-muted">Kept</dt>
            <dd className="max-sm:mb-1">{kept}</dd>
            <dt className="text-ink-muted">Seen by</dt>
            <dd>{seenBy}</dd>
          </dl>
        </li>
      ))}
    </ul>
  );
}
