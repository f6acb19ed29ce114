import { useState } from "react";
import { ActionDisclosure, AnswerLine, type ControlAnswer, Labelled } from "~/ui/forms/action-disclosure";
import { ActionForm } from "~/ui/forms/action-form";
import type { ChannelRow } from "./read-channels";

interface ChannelControlsProps {
  channels: ChannelRow[];
  answer: ControlAnswer | null;
}

const KINDS: Record<string, string> = { webhook: "signed webhook", slack: "Slack format" };

/** The notification channels, each with its test and its removal, and a form for a new one. */
export function ChannelControls({ channels, answer }: ChannelControlsProps) {
  const adding = answer?.control === "add-channel";
  const removed = answer?.control.startsWith("remove-channel") ? answer : null;
  return (
    <div className="flex flex-col gap-3">
      {!channels.length && (
        <p className="text-sm text-ink-muted">No channels yet: alerts are shown only on these pages.</p>
      )}
      <AnswerLine answer={removed} />
      <div>
        {channels.map((channel) => {
          const mine = answer?.control === `test-channel ${channel.id}` ? answer : null;
          return (
            <ActionDisclosure
              key={channel.id}
              name={channel.name}
              state={`${KINDS[channel.kind] ?? channel.kind} to ${channel.host}`}
              open={mine !== null}
            >
              <AnswerLine answer={mine} />
              <div className="flex flex-wrap gap-3">
                <ActionForm
                  deed="test-channel"
                  id={channel.id}
                  button="Send test"
                  label={`Send test: ${channel.name}`}
                />
                <ActionForm
                  deed="remove-channel"
                  id={channel.id}
                  button="Remove"
                  label={`Remove: ${channel.name}`}
                  quiet
                />
              </div>
            </ActionDisclosure>
          );
        })}
        <ActionDisclosure name="Add a channel" state="" open={adding && !answer.ok}>
          {adding && !answer.ok && <AnswerLine answer={answer} />}
          <NewChannel key={channels.length} />
        </ActionDisclosure>
      </div>
      {adding && answer.ok && <AnswerLine answer={answer} />}
    </div>
  );
}

function NewChannel() {
  const [kind, setKind] = useState("webhook");
  return (
    <ActionForm deed="add-channel" button="Add">
      <Labelled label="Name">
        <input className="field" name="name" required maxLength={80} autoComplete="off" />
      </Labelled>
      <Labelled label="Type">
        <select className="field" name="kind" value={kind} onChange={(event) => setKind(event.target.value)}>
          <option value="webhook">Signed webhook</option>
          <option value="slack">Slack, or a service that accepts its format</option>
        </select>
      </Labelled>
      <Labelled label="Address">
        <input
          className="field"
          type="url"
          name="url"
          required
          placeholder="https://…"
          autoComplete="off"
          spellCheck={false}
        />
      </Labelled>
      {kind === "webhook" && (
        <Labelled label="Secret to sign requests with, 16 characters or more">
          <input
            className="field"
            type="password"
            name="secret"
            required
            minLength={16}
            autoComplete="new-password"
          />
        </Labelled>
      )}
      <p className="max-w-[28rem] text-xs text-ink-muted">The address and secret are not shown again.</p>
    </ActionForm>
  );
}
