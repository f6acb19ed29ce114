import type { SerializeFrom } from "@remix-run/node";
import { Form, Link } from "@remix-run/react";
import { formatCount, formatNumber } from "~/shared/format";
import { storyAccountPath } from "~/shared/story-paths";
import { ActionDisclosure } from "~/ui/forms/action-disclosure";
import { ActionForm } from "~/ui/forms/action-form";
import { FieldError } from "~/ui/forms/answer-box";
import { TextField } from "~/ui/forms/fields";
import { DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";
import type { VoidPlan } from "./actions/void-views";
import type { FoundStory } from "./find-stories";
import type { VoidedViews } from "./list-voided-views";
import { StorySearch } from "./story-search";

interface VoidControlProps {
  /** The fields in the address; null without any. */
  asked: { story: string; from: string; to: string } | null;
  found: FoundStory[];
  /** Null if not exactly one story was found, or if `problem` says what is wrong with the fields. */
  plan: SerializeFrom<VoidPlan> | null;
  problem: string | null;
  voided: SerializeFrom<VoidedViews>[];
  now: string;
}

/** Shows the views of a story between two hours, takes them out of its counts, and puts them back. */
export function VoidControl({ asked, found, plan, problem, voided, now }: VoidControlProps) {
  const active = voided.filter(({ undoneAt }) => undoneAt === null).length;
  return (
    <ActionDisclosure
      name="Void views of a story"
      state={active === 0 ? "none voided" : `${formatNumber(active)} voided`}
      forms={{ intents: ["void", "unvoid"] }}
      open={asked !== null}
    >
      <p className="text-sm">
        Views that were made up can be taken out of a story’s counts and history. They stay on record, and can
        be put back.
      </p>
      <Form method="get" noValidate preventScrollReset className="flex flex-wrap items-end gap-3">
        <TextField
          label="A story’s title, or its address"
          name="void"
          value={asked?.story}
          type="search"
          required
          autoComplete="off"
        />
        <TextField
          label="From (UTC)"
          name="from"
          value={asked?.from}
          type="datetime-local"
          step={3600}
          required
        />
        <TextField label="To (UTC)" name="to" value={asked?.to} type="datetime-local" step={3600} required />
        <button type="submit" className="button button-quiet">
          Show the views
        </button>
      </Form>
      {problem && (
        <div role="alert">
          <FieldError text={problem} />
        </div>
      )}
      {asked && !problem && (
        <StorySearch
          text={asked.story}
          found={found}
          to={(slug) => `?${new URLSearchParams({ void: slug, from: asked.from, to: asked.to })}`}
        />
      )}
      {plan && asked && <Plan plan={plan} asked={asked} now={now} />}
      {voided.length > 0 && <Voided rows={voided} now={now} />}
    </ActionDisclosure>
  );
}

function Plan({
  plan,
  asked,
  now,
}: {
  plan: SerializeFrom<VoidPlan>;
  asked: NonNullable<VoidControlProps["asked"]>;
  now: string;
}) {
  return (
    <>
      <p className="figures text-sm">
        {plan.views === 0 ? "No views" : `${formatCount(plan.views, "view")}, those of chapters included,`} of
        “
        <Link to={storyAccountPath(plan.slug)} className="link">
          {plan.title}
        </Link>
        ” are in the history between <UtcTime at={plan.from} now={now} /> and{" "}
        <UtcTime at={plan.to} now={now} />.
      </p>
      {plan.rows.length > 0 && (
        <DataTable
          caption={`Views of ${plan.title} that would be voided`}
          rows={plan.rows}
          keyOf={(row) => `${row.kind}${row.id}`}
          empty=""
          columns={[
            { head: "Total", names: true, cell: (row) => row.title },
            { head: "Now", numeric: true, cell: (row) => formatNumber(row.readCount) },
            { head: "Voided", numeric: true, cell: (row) => `−${formatNumber(row.views)}` },
            { head: "After", numeric: true, cell: (row) => formatNumber(row.readCount - row.views) },
          ]}
        />
      )}
      {plan.obstacle && (
        <p className="text-sm font-medium">{`They cannot be voided now: ${plan.obstacle}`}</p>
      )}
      {plan.views > 0 && !plan.obstacle && (
        <ActionForm
          intent="void"
          button={`Void ${formatCount(plan.views, "view")}`}
          hidden={{ story: plan.slug, from: asked.from, to: asked.to, views: String(plan.views) }}
          reason
        />
      )}
    </>
  );
}

const Voided = ({ rows, now }: { rows: VoidControlProps["voided"]; now: string }) => (
  <ul className="flex flex-col gap-4 text-sm">
    {rows.map((row) => (
      <li key={row.id} className="figures flex flex-col gap-2 border-t border-line pt-3">
        <p>
          {formatCount(row.storyViews, "view")} of{" "}
          {row.slug ? (
            <Link to={storyAccountPath(row.slug)} className="link">
              {row.title}
            </Link>
          ) : (
            "a story deleted since"
          )}{" "}
          and {formatCount(row.chapterViews, "view")} of its chapters, from{" "}
          <UtcTime at={row.fromHour} now={now} /> to <UtcTime at={row.toHour} now={now} />, voided{" "}
          <UtcTime at={row.at} now={now} />: {row.reason}
        </p>
        {row.undoneAt ? (
          <p className="text-ink-muted">
            Put back <UtcTime at={row.undoneAt} now={now} />.
          </p>
        ) : (
          row.title && (
            <ActionForm
              intent="unvoid"
              id={row.id}
              button="Put them back"
              label={`Put the views of ${row.title} back`}
              reason
              quiet
              inline
            />
          )
        )}
      </li>
    ))}
  </ul>
);
