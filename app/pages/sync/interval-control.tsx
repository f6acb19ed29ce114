import { formatDuration } from "~/shared/format";
import {
  ActionDisclosure,
  AnswerLine,
  type ControlAnswer,
  ControlForm,
  Labelled,
} from "~/ui/forms/action-disclosure";

/** How often the sync runs. */
export function IntervalControl({ hours, answer }: { hours: number; answer: ControlAnswer | null }) {
  return (
    <ActionDisclosure name="Interval" state={`every ${formatDuration(hours * 3600)}`} open={answer !== null}>
      <AnswerLine answer={answer} />
      <ControlForm control="interval" button="Change the interval">
        <Labelled label="Hours between two syncs (0.25 is a quarter of an hour)">
          <input
            key={hours}
            className="field figures"
            type="number"
            name="hours"
            inputMode="decimal"
            step="any"
            min={0.0166}
            max={168}
            defaultValue={hours}
            required
          />
        </Labelled>
      </ControlForm>
    </ActionDisclosure>
  );
}
