import type { SerializeFrom } from "@remix-run/node";
import { Link, useLoaderData } from "@remix-run/react";
import { formatCount, formatNumber } from "~/shared/format";
import { EXCLUSION_LABELS } from "~/shared/labels";
import { lookUp } from "~/shared/look-up";
import { storyPath } from "~/shared/story-paths";
import { Section } from "~/ui/section";
import { StatStrip } from "~/ui/stat-strip";
import { DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";
import { AccountTable } from "./account-table";
import { InterventionTables } from "./intervention-tables";
import type { loadStoryAccount } from "./load-story-account";
import { signed } from "./signed";
import { StoryOutages } from "./story-outages";

export type StoryAccount = SerializeFrom<typeof loadStoryAccount>;

/** What makes up one story's count, and why it is lower or higher than a week before. */
export function StoryAccountPage() {
  const account = useLoaderData<typeof loadStoryAccount>();
  const { now, story, weeks } = account;
  return (
    <main className="mx-auto flex max-w-console flex-col gap-10 px-5 pt-8 pb-20 sm:px-8">
      <div className="flex flex-col gap-2">
        <p className="text-sm">
          <Link to="/admin/stories" className="link">
            Stories
          </Link>
        </p>
        <h1 className="text-xl font-semibold sm:text-2xl">{story.title}</h1>
        <p className="max-w-[48rem] text-sm break-words text-ink-muted">
          By {story.author}
          {!story.published && ", a draft"}. Address: {story.slug}
          {story.formerSlugs.length > 0 &&
            `; before: ${story.formerSlugs.map((former) => former.slug).join(", ")}`}
          .
        </p>
        <Links slug={story.slug} now={now} />
      </div>
      <Strip account={account} />
      <Section
        title="This week against last week"
        json={`/admin/stories/${encodeURIComponent(story.slug)}/account.json`}
      >
        <div className="flex max-w-[48rem] flex-col gap-2">
          <p className="figures font-medium">{weeks.answer}</p>
          <ul className="figures flex list-disc flex-col gap-1 pl-5 text-sm">
            {weeks.reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </div>
      </Section>
      <Section title="What the total is made of">
        <AccountTable account={account} />
      </Section>
      <Section title="Left out in the last 14 days">
        <DataTable
          caption="Visits left out, by day and reason"
          rows={account.leftOut}
          keyOf={(row) => `${row.day} ${row.reason}`}
          empty="No visit was left out in the last 14 days."
          scroll
          columns={[
            { head: "Day (UTC)", names: true, cell: (row) => row.day.slice(0, 10) },
            { head: "Reason", cell: (row) => lookUp(EXCLUSION_LABELS, row.reason) ?? row.reason },
            { head: "Visits", numeric: true, cell: (row) => formatNumber(row.views) },
          ]}
        />
      </Section>
      <Section title="Outages that touched it, in the last 30 days">
        <StoryOutages incidents={account.incidents} now={now} />
      </Section>
      <InterventionTables account={account} />
      <Section title="Chapters">
        <DataTable
          caption="Chapters"
          rows={account.chapters}
          keyOf={(row) => row.number}
          empty="The story has no chapters."
          columns={[
            {
              head: "Chapter",
              names: true,
              cell: (row) => `${row.number}. ${row.title}${row.published ? "" : " (draft)"}`,
            },
            { head: "Total", numeric: true, cell: (row) => formatNumber(row.total) },
            { head: "Waiting", numeric: true, cell: (row) => waitingText(row.waiting) },
            {
              head: "Differs from history",
              numeric: true,
              cell: (row) => (row.difference === 0 ? "no" : signed(row.difference)),
            },
          ]}
        />
      </Section>
    </main>
  );
}

const waitingText = (waiting: number | null) => (waiting === null ? "unknown" : formatNumber(waiting));

function Links({ slug, now }: { slug: string; now: string }) {
  const query = encodeURIComponent(slug);
  // The last day to begin with: the form asks for the hours.
  const hour = (hours: number) =>
    `${new Date(Date.parse(now) + hours * 3_600_000).toISOString().slice(0, 13)}:00`;
  return (
    <p className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
      <Link to={storyPath(slug)} className="link">
        Public page
      </Link>
      <Link to={`/admin/sync?story=${query}`} className="link">
        Repair its totals
      </Link>
      <Link to={`/admin/sync?void=${query}&from=${hour(-24)}&to=${hour(0)}`} className="link">
        Void views of it
      </Link>
      <Link to={`/admin/audit?text=${query}`} className="link">
        Audit events about it
      </Link>
    </p>
  );
}

function Strip({ account }: { account: StoryAccount }) {
  const { now, total, waiting, redisReachable, rememberedAt, history, difference, lastMove } = account;
  return (
    <StatStrip
      stats={[
        {
          name: "Shown to readers",
          value: formatNumber(total + (waiting ?? 0)),
          note: `total ${formatNumber(total)}${waiting ? ` and ${formatNumber(waiting)} waiting` : ""}`,
        },
        {
          name: "Waiting to sync",
          value: waiting === null ? "unknown" : formatCount(waiting, "view"),
          note: redisReachable ? (
            "in Redis now"
          ) : rememberedAt ? (
            <>
              Redis is unreachable; as of <UtcTime at={rememberedAt} now={now} />
            </>
          ) : (
            "Redis is unreachable"
          ),
        },
        {
          name: "Sum of its history",
          value: formatNumber(history.total),
          note: difference.views === 0 ? "equals the total" : `differs by ${signed(difference.views)}`,
        },
        {
          name: "Last moved by a sync",
          value: lastMove ? <UtcTime at={lastMove} now={now} /> : "never",
          note: lastMove ? "views of it went to the database" : "no sync has moved views of it",
        },
      ]}
    />
  );
}
