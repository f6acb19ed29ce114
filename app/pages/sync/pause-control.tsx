import { useState } from "react";
import { formatTime } from "~/shared/format";
import {
  ActionDisclosure,
  AnswerLine,
  type ControlAnswer,
  ControlForm,
  Labelled,
} from "~/ui/forms/action-disclosure";
import { type ForecastFacts, forecastPause } from "./sync-forecast";

/** How long a pause may last, hours. */
const PAUSES = [0.5, 1, 2, 4, 8, 12, 24, 48];
const USUAL = 2;

interface PauseControlProps {
  paused: { until: string; reason: string } | null;
  /** Null when it could not be read: a pause is possible nevertheless. */
  facts: ForecastFacts | null;
  now: string;
  answer: ControlAnswer | null;
}

/** Pause, with what it would lead to said before it is confirmed; or, while paused, resume. */
export function PauseControl({ paused, facts, now, answer }: PauseControlProps) {
  return (
    <ActionDisclosure
      name={paused ? "Resume" : "Pause"}
      state={
        paused ? `paused until ${formatTime(new Date(paused.until), { now: new Date(now) })}` : "not paused"
      }
      open={answer !== null}
    >
      <AnswerLine answer={answer} />
      {paused ? (
        <>
          <p className="max-w-measure text-sm">
            It resumes by itself at {formatTime(new Date(paused.until), { now: new Date(now) })}. Resuming now
            runs a sync at once.
          </p>
          <ControlForm control="resume" button="Resume now" />
        </>
      ) : (
        <PauseForm facts={facts} />
      )}
    </ActionDisclosure>
  );
}

function PauseForm({ facts }: { facts: ForecastFacts | null }) {
  const [hours, setHours] = useState(USUAL);
  const forecast = facts && forecastPause(facts, hours);
  return (
    <ControlForm control="pause" button="Pause the sync">
      <Labelled label="Resume by itself in">
        <select
          className="field"
          name="hours"
          value={hours}
          onChange={(event) => setHours(Number(event.target.value))}
        >
          {PAUSES.map((length) => (
            <option key={length} value={length}>
              {length < 1 ? `${length * 60} min` : `${length} h`}
            </option>
          ))}
        </select>
      </Labelled>
      <div aria-live="polite" className="figures flex max-w-measure flex-col gap-1.5 text-sm">
        {forecast ? (
          <>
            <p>{forecast.waiting}</p>
            <p className={forecast.dangerous ? "text-alarm" : undefined}>{forecast.memory}</p>
            <p>{forecast.stale}</p>
          </>
        ) : (
          <p>What a pause would lead to is not known just now.</p>
        )}
      </div>
    </ControlForm>
  );
}
