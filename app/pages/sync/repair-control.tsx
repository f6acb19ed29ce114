import { Form, Link } from "@remix-run/react";
import { formatCount, formatNumber } from "~/shared/format";
import { storyAccountPath } from "~/shared/story-paths";
import { ActionDisclosure } from "~/ui/forms/action-disclosure";
import { ActionForm } from "~/ui/forms/action-form";
import { TextField } from "~/ui/forms/fields";
import { DataTable } from "~/ui/tables/data-table";
import type { StoryHistory } from "./actions/repair-story";
import type { FoundStory } from "./find-stories";
import { StorySearch } from "./story-search";

interface RepairControlProps {
  /** What was searched for, as typed; null without a search. */
  wanted: string | null;
  found: FoundStory[];
  /** Null if not exactly one story was found. */
  story: StoryHistory | null;
}

/** Shows which totals of a story differ from its hourly history, and corrects them from it. */
export function RepairControl({ wanted, found, story }: RepairControlProps) {
  const wrong = story?.totals.filter((total) => total.readCount !== total.history) ?? [];
  return (
    <ActionDisclosure
      name="Repair a story"
      state="from its history"
      forms={{ intents: ["repair"] }}
      open={wanted !== null}
    >
      <Form method="get" noValidate preventScrollReset className="flex flex-wrap items-end gap-3">
        <TextField
          label="A story’s title, or its address"
          name="story"
          value={wanted ?? ""}
          type="search"
          required
          autoComplete="off"
        />
        <button type="submit" className="button button-quiet">
          Show the difference
        </button>
      </Form>
      {wanted !== null && (
        <StorySearch text={wanted} found={found} to={(slug) => `?story=${encodeURIComponent(slug)}`} />
      )}
      {story && wrong.length === 0 && (
        <p className="figures text-sm">
          The totals of “
          <Link to={storyAccountPath(story.slug)} className="link">
            {story.title}
          </Link>
          ” agree with their history: {formatCount(story.totals[0]?.readCount ?? 0, "view")}, and{" "}
          {formatCount(story.totals.length - 1, "chapter")}.
        </p>
      )}
      {story && wrong.length > 0 && (
        <>
          <DataTable
            caption={`Totals of ${story.title} that differ from their history`}
            rows={wrong}
            keyOf={(row) => `${row.kind}${row.id}`}
            empty=""
            columns={[
              { head: "Total", names: true, cell: (row) => row.title },
              { head: "Now", numeric: true, cell: (row) => formatNumber(row.readCount) },
              { head: "History", numeric: true, cell: (row) => formatNumber(row.history) },
              { head: "Change", numeric: true, cell: (row) => change(row.history - row.readCount) },
            ]}
          />
          <ActionForm
            intent="repair"
            button={`Correct ${formatCount(wrong.length, "total")}`}
            hidden={{ story: story.slug }}
            reason
          />
        </>
      )}
    </ActionDisclosure>
  );
}

const change = (views: number) => (views > 0 ? `+${formatNumber(views)}` : formatNumber(views));
