import type { SerializeFrom } from "@remix-run/node";
import { ActionForm } from "~/ui/forms/action-form";
import { ActionProvider, useResult } from "~/ui/forms/action-provider";
import { SelectField, TextField } from "~/ui/forms/fields";
import { ResultLine } from "~/ui/forms/result-line";
import { Section } from "~/ui/section";
import { DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";
import type { loadSharePage } from "./load-share-page";
import { SHARE_DAYS } from "./share-days";

type Page = SerializeFrom<typeof loadSharePage>;

/** What editors may set for a story: its tags, and links to its views for people without an account. */
export function SharePage({ tags, links, now }: Page) {
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
      <Section title="Share links">
        <p className="max-w-[44rem] text-sm text-ink-muted">
          A link shows the views of this story over time to everyone who has it, without an account. It shows
          no drafts, no readers or sources, and no other story, and ends when it expires, when you revoke it,
          or when its maker stops editing the story.
        </p>
        <ResultLine of={{ intents: ["make-link", "revoke-link"] }} />
        <NewLink />
        <ActionForm intent="make-link" button="Make a link">
          <TextField label="For whom" name="label" maxLength={80} autoComplete="off" required />
          <SelectField label="Works for" name="days" value={30} options={SHARE_DAYS} />
        </ActionForm>
        <Links links={links} now={now} />
      </Section>
    </ActionProvider>
  );
}

/** The address of the link that was just made: now, and never again. */
function NewLink() {
  const [address] = useResult({ intents: ["make-link"] })?.shownOnce ?? [];
  if (!address) return null;
  return (
    <div className="max-w-[36rem] rounded-md border border-line bg-sunken p-3 text-sm">
      <p>
        <strong>Copy this link</strong> now. It is not shown again.
      </p>
      <output aria-label="Share link" className="mt-2 block font-mono text-xs break-all select-all">
        {address}
      </output>
    </div>
  );
}

function Links({ links, now }: Pick<Page, "links" | "now">) {
  return (
    <DataTable
      caption="Share links of this story"
      rows={links}
      keyOf={(link) => link.id}
      empty="This story has no share links."
      columns={[
        { head: "For", names: true, cell: (link) => link.label },
        { head: "Made by", wideOnly: true, cell: (link) => link.maker },
        { head: "Made", wideOnly: true, cell: (link) => <UtcTime at={link.createdAt} now={now} /> },
        {
          head: "Works until",
          cell: (link) => (
            <>
              <UtcTime at={link.expiresAt} now={now} />
              {link.expired && <span className="block text-xs text-ink-muted">expired</span>}
            </>
          ),
        },
        {
          head: "Last opened",
          cell: (link) =>
            link.usedAt ? (
              <UtcTime at={link.usedAt} now={now} />
            ) : (
              <span className="text-ink-muted">not yet</span>
            ),
        },
        {
          head: <span className="sr-only">Revoke</span>,
          cell: (link) => (
            <ActionForm
              intent="revoke-link"
              id={link.id}
              button="Revoke"
              label={`Revoke the link for ${link.label}`}
              quiet
              inline
            />
          ),
        },
      ]}
    />
  );
}
