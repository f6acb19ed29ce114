import { Link } from "@remix-run/react";
import { storyAccountPath } from "~/shared/story-paths";
import type { AlertRow } from "./read-alerts";

/** Where an alert's message leads: what to do about it, and to what makes up the count of the story that it names. */
export const AlertLinks = ({ alert: { runbook, story } }: { alert: Pick<AlertRow, "runbook" | "story"> }) => (
  <>
    <Link to={`/admin/runbook#${runbook}`} className="link whitespace-nowrap">
      What to do
    </Link>{" "}
    <StoryLink story={story} />
  </>
);

/** Leads to what makes up the count of a story; nothing where an alert names none. */
export const StoryLink = ({ story }: Pick<AlertRow, "story">) =>
  story !== null && (
    <Link to={storyAccountPath(story)} className="link whitespace-nowrap">
      The story’s count
    </Link>
  );
