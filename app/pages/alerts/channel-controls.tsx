import { Link } from "@remix-run/react";
import { ActionDisclosure } from "~/ui/forms/action-disclosure";
import { ActionForm } from "~/ui/forms/action-form";
import { TextField } from "~/ui/forms/fields";
import { ResultLine } from "~/ui/forms/result-line";
import { ChannelHealth } from "./channel-health";
import { NewChannel, RoutingFields } from "./new-channel";
import type { ChannelRow, KindRow } from "./read-channels";

interface ChannelControlsProps {
  channels: ChannelRow[];
  kinds: KindRow[];
  /** The type of the channel that is about to be added, as the address has it. */
  newChannel: string | null;
  now: string;
}

/** The notification channels, each with its health and its forms, and a form for a new one. */
export function ChannelControls({ channels, kinds, newChannel, now }: ChannelControlsProps) {
  return (
    <div className="flex flex-col gap-3">
      {channels.every(({ isInbox }) => isInbox) && (
        <p className="text-sm text-ink-muted">
          No message leaves this site yet: alerts are shown here and in the inbox. Add a channel that reaches
          people at night.
        </p>
      )}
      <ResultLine of={{ intents: ["remove-channel"] }} />
      <div>
        {channels.map((channel) => (
          <ActionDisclosure
            key={channel.id}
            name={channel.name}
            state={
              channel.isInbox ? (
                <ChannelHealth channel={channel} now={now} />
              ) : (
                <>
                  <span className="block">
                    {channel.label}: {channel.host}
                  </span>
                  <ChannelHealth channel={channel} now={now} />
                </>
              )
            }
            forms={{ intents: ["test-channel", "edit-channel"], id: channel.id }}
          >
            <Channel channel={channel} now={now} />
          </ActionDisclosure>
        ))}
        <ActionDisclosure
          name="Add a channel"
          state=""
          forms={{ intents: ["add-channel"] }}
          open={newChannel !== null}
        >
          <NewChannel kinds={kinds} asked={newChannel} />
        </ActionDisclosure>
      </div>
    </div>
  );
}

function Channel({ channel, now }: { channel: ChannelRow; now: string }) {
  const { id, name } = channel;
  return (
    <>
      <ChannelHealth channel={channel} now={now} full />
      <div className="flex flex-wrap gap-3">
        <ActionForm intent="test-channel" id={id} button="Send test" label={`Send test: ${name}`} />
        {channel.isInbox ? (
          <Link to="/admin/inbox" className="button button-quiet">
            Open the inbox
          </Link>
        ) : (
          <ActionForm intent="remove-channel" id={id} button="Remove" label={`Remove: ${name}`} quiet />
        )}
      </div>
      <ActionForm intent="edit-channel" id={id} button="Save" label={`Save: ${name}`} quiet>
        <TextField label="Name" name="name" value={name} required maxLength={80} autoComplete="off" />
        <RoutingFields
          leastSeverity={channel.leastSeverity}
          repeatMinutes={channel.repeatMinutes}
          repeats={!channel.isInbox}
        />
      </ActionForm>
    </>
  );
}
