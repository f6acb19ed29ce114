import { useLoaderData } from "@remix-run/react";
import { UtcTime } from "~/ui/time/utc-time";
import { StoryNumbersPage } from "../over-time/story-numbers-page";
import type { loadSharedPage } from "./load-shared-page";

/** One story's views over time, for people with a link and no account: nothing can be changed, and nothing leads further. */
export function SharedPage() {
  const { title, numbers } = useLoaderData<typeof loadSharedPage>();
  return (
    <main className="mx-auto flex max-w-console flex-col gap-8 px-5 pt-8 pb-20 sm:px-8">
      <div className="flex flex-col gap-2">
        <h1 className="text-xl font-semibold sm:text-2xl">{title}</h1>
        <p className="figures max-w-[48rem] text-sm text-ink-muted">
          Views of this story, shared by one of its editors. Last updated at{" "}
          <UtcTime at={numbers.now} now={numbers.now} />. A reader who returns after the dedupe window is
          counted again; robots are not counted.
        </p>
      </div>
      <StoryNumbersPage numbers={numbers} shared />
    </main>
  );
}
