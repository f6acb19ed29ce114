import type { SerializeFrom } from "@remix-run/node";
import { ActionForm } from "~/ui/forms/action-form";
import { ActionProvider } from "~/ui/forms/action-provider";
import { TextField } from "~/ui/forms/fields";
import { ResultLine } from "~/ui/forms/result-line";
import { Section } from "~/ui/section";
import type { loadSharePage } from "./load-share-page";

/** What editors may set for a story: its tags. */
export function SharePage({ tags }: SerializeFrom<typeof loadSharePage>) {
  return (
    <ActionProvider>
      <Section title="Tags">
        <p className="max-w-[44rem] text-sm text-ink-muted">
          For the list of stories: everyone who edits this story sees and changes the same tags, and readers
          never see them.
        </p>
        <ResultLine of={{ intents: ["set-tags"] }} />
        {/* A new key when the tags change makes the field follow them. */}
        <ActionForm key={tags.join()} intent="set-tags" button="Save tags">
          <TextField
            label="Tags, separated by commas"
            name="tags"
            value={tags.join(", ")}
            autoComplete="off"
          />
        </ActionForm>
      </Section>
    </ActionProvider>
  );
}
