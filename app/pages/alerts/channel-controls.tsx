import { useState } from "react";
import { lookUp } from "~/shared/look-up";
import { ActionDisclosure } from "~/ui/forms/action-disclosure";
import { ActionForm } from "~/ui/forms/action-form";
import { SelectField, TextField } from "~/ui/forms/fields";
import { ResultLine } from "~/ui/forms/result-line";
import type { ChannelRow } from "./read-channels";

const TYPE_LABELS = { webhook: "signed webhook", slack: "Slack format" };

/** The notification channels, each with buttons to test and to remove it, and a form for a new one. */
export function ChannelControls({ channels }: { channels: ChannelRow[] }) {
  return (
    <div className="flex flex-col gap-3">
      {!channels.length && (
        <p className="text-sm text-ink-muted">No channels yet: alerts are shown only on these pages.</p>
      )}
      <ResultLine of={{ intents: ["remove-channel"] }} />
      <div>
        {channels.map((channel) => (
          <ActionDisclosure
            key={channel.id}
            name={channel.name}
            state={`${lookUp(TYPE_LABELS, channel.kind) ?? channel.kind} to ${channel.host}`}
            forms={{ intents: ["test-channel"], id: channel.id }}
          >
            <div className="flex flex-wrap gap-3">
              <ActionForm
                intent="test-channel"
                id={channel.id}
                button="Send test"
                label={`Send test: ${channel.name}`}
              />
              <ActionForm
                intent="remove-channel"
                id={channel.id}
                button="Remove"
                label={`Remove: ${channel.name}`}
                quiet
              />
            </div>
          </ActionDisclosure>
        ))}
        <ActionDisclosure name="Add a channel" state="" forms={{ intents: ["add-channel"] }}>
          <NewChannel key={channels.length} />
        </ActionDisclosure>
      </div>
    </div>
  );
}

const TYPE_OPTIONS = [
  { value: "webhook", label: "Webhook, signed" },
  { value: "slack", label: "Slack, or compatible" },
];

function NewChannel() {
  const [type, setType] = useState("webhook");
  return (
    <ActionForm intent="add-channel" button="Add">
      <TextField label="Name" name="name" required maxLength={80} autoComplete="off" />
      <SelectField
        label="Type"
        name="kind"
        value="webhook"
        options={TYPE_OPTIONS}
        onChange={(event) => setType(event.target.value)}
      />
      <TextField
        label="Address"
        name="url"
        type="url"
        required
        placeholder="https://…"
        autoComplete="off"
        spellCheck={false}
      />
      {type === "webhook" && (
        <TextField
          label="Secret to sign requests with, 16 characters or more"
          name="secret"
          type="password"
          required
          minLength={16}
          autoComplete="new-password"
        />
      )}
      <p className="max-w-[28rem] text-xs text-ink-muted">The address and secret are not shown again.</p>
    </ActionForm>
  );
}
