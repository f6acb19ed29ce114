import { Link } from "@remix-run/react";
import { FieldError } from "~/ui/forms/answer-box";
import type { FoundStory } from "./find-stories";

interface StorySearchProps {
  /** As typed. */
  text: string;
  found: FoundStory[];
  /** The address that chooses one of them. */
  to(slug: string): string;
}

/** The answer to a search that did not find exactly one story. */
export function StorySearch({ text, found, to }: StorySearchProps) {
  if (found.length === 1) return null;
  if (found.length === 0)
    return (
      <div role="alert">
        <FieldError
          text={
            text === ""
              ? "Type part of a title, or the story’s address."
              : `There is no story with “${text}” in its title or as its address.`
          }
        />
      </div>
    );
  return (
    <div className="flex flex-col gap-1 text-sm">
      <p>Which one do you mean?</p>
      <ul className="flex flex-col gap-1">
        {found.map(({ slug, title }) => (
          <li key={slug}>
            <Link to={to(slug)} preventScrollReset className="link">
              {title}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
