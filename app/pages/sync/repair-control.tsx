import { Form } from "@remix-run/react";
import { formatCount, formatNumber } from "~/shared/format";
import {
  ActionDisclosure,
  AnswerLine,
  type ControlAnswer,
  ControlForm,
  Labelled,
} from "~/ui/forms/action-disclosure";
import { DataTable } from "~/ui/tables/data-table";

interface HeldTotal {
  kind: "story" | "chapter";
  id: number;
  title: string;
  readCount: number;
  history: number;
}

interface RepairControlProps {
  /** The address's last part that was asked for; null when none was. */
  asked: string | null;
  story: { slug: string; title: string; totals: HeldTotal[] } | null;
  answer: ControlAnswer | null;
}

/** Corrects the totals of one story from its hourly history. First shows what differs; nothing changes before that. */
export function RepairControl({ asked, story, answer }: RepairControlProps) {
  const wrong = story?.totals.filter((total) => total.readCount !== total.history) ?? [];
  return (
    <ActionDisclosure name="Repair a story" state="from its history" open={answer !== null || asked !== null}>
      <AnswerLine answer={answer} />
      <Form method="get" preventScrollReset className="flex flex-wrap items-end gap-3">
        <Labelled label="The story's name in its address: /story/…">
          <input className="field" name="story" defaultValue={asked ?? ""} required autoComplete="off" />
        </Labelled>
        <button type="submit" className="button button-quiet">
          Show the difference
        </button>
      </Form>
      {asked !== null && !story && <p className="text-sm">There is no story “{asked}”.</p>}
      {story && wrong.length === 0 && (
        <p className="figures text-sm">
          The totals of “{story.title}” agree with their history:{" "}
          {formatCount(story.totals[0]?.readCount ?? 0, "view")}, and{" "}
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
          <ControlForm
            control="repair"
            button={`Correct ${formatCount(wrong.length, "total")}`}
            hidden={{ story: story.slug }}
          />
        </>
      )}
    </ActionDisclosure>
  );
}

const change = (views: number) => (views > 0 ? `+${formatNumber(views)}` : formatNumber(views));
