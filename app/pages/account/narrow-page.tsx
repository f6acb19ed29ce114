import type { ReactNode } from "react";

/** The layout of the account pages: a title, a line below it, and a form. */
export function NarrowPage({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  return (
    <main className="mx-auto max-w-[26rem] px-5 pt-12 pb-24 sm:pt-20">
      <h1 className="font-serif text-3xl tracking-tight">{title}</h1>
      <p className="mt-3 font-serif text-base text-ink-muted">{lead}</p>
      {children}
    </main>
  );
}
