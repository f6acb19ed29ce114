import { useState } from "react";
import { formatTime } from "~/shared/format";
import { ActionDisclosure } from "~/ui/forms/action-disclosure";
import { ActionForm } from "~/ui/forms/action-form";
import { SelectField } from "~/ui/forms/fields";
import { type ForecastFacts, forecastPause } from "./sync-forecast";

/** The lengths of a pause on offer, hours. */
const LENGTHS = [0.5, 1, 2, 4, 8, 12, 24, 48].map((hours) => ({
  value: hours,
  label: hours < 1 ? `${hours * 60} min` : `${hours} h`,
}));
const DEFAULT_HOURS = 2;

interface PauseControlProps {
  /** When the pause ends; null when the sync is not paused. */
  pausedUntil: string | null;
  /** Null if they could not be read: pausing is still possible. */
  facts: ForecastFacts | null;
  now: string;
}

/** Pauses the sync, with the consequences shown first; during a pause, resumes it. */
export function PauseControl({ pausedUntil, facts, now }: PauseControlProps) {
  const until = pausedUntil && formatTime(new Date(pausedUntil), { now: new Date(now) });
  return (
    <ActionDisclosure
      name={until ? "Resume" : "Pause"}
      state={until ? `paused until ${until}` : "not paused"}
      forms={{ intents: ["pause", "resume"] }}
    >
      {until ? (
        <>
          <p className="max-w-measure text-sm">
            The sync resumes by itself at {until}. Resuming now also runs one at once.
          </p>
          <ActionForm intent="resume" button="Resume now" reason />
        </>
      ) : (
        <PauseForm facts={facts} />
      )}
    </ActionDisclosure>
  );
}

function PauseForm({ facts }: { facts: ForecastFacts | null }) {
  const [hours, setHours] = useState(DEFAULT_HOURS);
  const forecast = facts && forecastPause(facts, hours);
  return (
    <ActionForm intent="pause" button="Pause the sync" reason>
      <SelectField
        label="Resume by itself in"
        name="hours"
        value={DEFAULT_HOURS}
        options={LENGTHS}
        onChange={(event) => setHours(Number(event.target.value))}
      />
      <div aria-live="polite" className="figures flex max-w-measure flex-col gap-1.5 text-sm">
        {forecast ? (
          <>
            <p>{forecast.unsynced}</p>
            <p className={forecast.dangerous ? "text-alarm" : undefined}>{forecast.memory}</p>
            <p>{forecast.stale}</p>
          </>
        ) : (
          <p>The consequences of a pause are currently unknown.</p>
        )}
      </div>
    </ActionForm>
  );
}
