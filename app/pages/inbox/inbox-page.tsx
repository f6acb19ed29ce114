import type { SerializeFrom } from "@remix-run/node";
import { Link, useLoaderData } from "@remix-run/react";
import type { readInbox } from "~/alerts/inbox";
import { formatCount } from "~/shared/format";
import { ActionForm } from "~/ui/forms/action-form";
import { ActionProvider } from "~/ui/forms/action-provider";
import { ResultLine } from "~/ui/forms/result-line";
import { PanelView } from "~/ui/panel-view";
import { Section } from "~/ui/section";
import { FreshMain } from "~/ui/shell/freshness";
import { Sentence } from "~/ui/time/sentence";
import { UtcTime } from "~/ui/time/utc-time";
import { useRefresh } from "~/ui/use-refresh";
import type { loadInboxPage } from "./load-inbox-page";

const REFRESH_MS = 5000;

type Inbox = SerializeFrom<typeof readInbox>;

/** Every message about alerts, also of those that no other channel was told of. */
export function InboxPage() {
  const { now, newest, inbox } = useLoaderData<typeof loadInboxPage>();
  useRefresh(REFRESH_MS);
  const unread = inbox.ok ? inbox.data.unread : null;
  return (
    <ActionProvider>
      <FreshMain readAt={now} withinMs={4 * REFRESH_MS}>
        <div className="flex flex-col gap-2">
          <h1 className="text-xl font-semibold sm:text-2xl">
            {unread === null
              ? "Inbox unavailable"
              : unread === 0
                ? "No unread messages"
                : formatCount(unread, "unread message")}
          </h1>
          <p className="max-w-[44rem] text-sm text-ink-muted">
            Everything that Tidemark says about alerts, whether or not it leaves this site. Messages are kept
            for 90 days, and what is unread is counted for each person.{" "}
            <Link to="/admin/alerts" className="link">
              Alerts and channels
            </Link>
          </p>
        </div>
        <Section
          title={newest ? "Messages" : "Older messages"}
          aside={unread ? <ActionForm intent="mark-all-read" button="Mark all as read" quiet /> : undefined}
        >
          <ResultLine of={{ intents: ["mark-all-read", "mark-read", "mark-unread"] }} />
          <PanelView panel={inbox}>
            {(loaded) => <Messages {...loaded} now={now} newest={newest} />}
          </PanelView>
        </Section>
      </FreshMain>
    </ActionProvider>
  );
}

function Messages({ messages, older, now, newest }: Inbox & { now: string; newest: boolean }) {
  return (
    <>
      {messages.length === 0 && (
        <p className="text-sm text-ink-muted">
          {newest
            ? "No messages yet: one arrives when an alert fires. To see one now, send a test to the inbox from the alerts page."
            : "No older messages."}
        </p>
      )}
      <ul className="flex flex-col">
        {messages.map((message) => (
          <Message key={message.id} message={message} now={now} />
        ))}
      </ul>
      <p className="flex gap-5 text-sm">
        {!newest && (
          <Link to="/admin/inbox" className="link">
            Newest messages
          </Link>
        )}
        {older && (
          <Link to={`?before=${older}`} className="link">
            Older messages
          </Link>
        )}
      </p>
    </>
  );
}

function Message({ message, now }: { message: Inbox["messages"][number]; now: string }) {
  const { id, headline, lines, links, read, event, createdAt } = message;
  const urgent = message.severity === "critical" && (event === "firing" || event === "reminder");
  return (
    <li className="flex flex-wrap items-start gap-x-6 gap-y-2 border-t border-line py-4 last:border-b">
      <div className="flex min-w-0 flex-1 basis-80 flex-col gap-1">
        <h3 className={`${read ? "" : "font-semibold"} ${urgent ? "text-alarm" : ""}`}>
          {!read && (
            <span className="mr-2 inline-block size-2 rounded-full bg-accent align-middle">
              <span className="sr-only">Unread: </span>
            </span>
          )}
          {headline}
        </h3>
        {lines.map((line) => (
          <p key={line} className="figures max-w-[60rem] text-sm">
            <Sentence text={line} now={now} />
          </p>
        ))}
        <p className="flex flex-wrap gap-x-4 text-sm">
          <span className="figures text-ink-muted">
            <UtcTime at={createdAt} now={now} seconds />
          </span>
          {links.map(({ label, path }) => (
            <Link key={path} to={path} className="link">
              {label}
            </Link>
          ))}
        </p>
      </div>
      <ActionForm
        intent={read ? "mark-unread" : "mark-read"}
        id={id}
        button={read ? "Mark as unread" : "Mark as read"}
        label={`${read ? "Mark as unread" : "Mark as read"}: ${headline}`}
        quiet
      />
    </li>
  );
}
