import type { SerializeFrom } from "@remix-run/node";
import type { Annotation } from "~/shared/annotations";
import { toSentence } from "~/shared/format";
import { UtcTime } from "~/ui/time/utc-time";

/** The newest marks that are listed; the chart's tooltip and table have all of them. */
const MAX_LISTED = 50;

/** Everything that the chart marks, in words, the latest first. */
export function MarkList({ annotations, now }: { annotations: SerializeFrom<Annotation>[]; now: string }) {
  if (!annotations.length) return null;
  const latest = annotations.toReversed().slice(0, MAX_LISTED);
  return (
    <details className="text-sm">
      <summary className="w-fit text-ink-muted hover:text-ink">
        Marks in this range ({annotations.length})
      </summary>
      <ul className="mt-2 flex max-w-[48rem] flex-col gap-1">
        {latest.map(({ kind, from, to, label }) => (
          <li key={`${kind} ${from} ${label}`} className="figures">
            <UtcTime at={new Date(from).toISOString()} now={now} />
            {to > from && (
              <>
                {" to "}
                <UtcTime at={new Date(to).toISOString()} now={now} />
              </>
            )}
            : {toSentence(label)}
          </li>
        ))}
      </ul>
      {annotations.length > MAX_LISTED && (
        <p className="mt-1 text-ink-muted">The newest {MAX_LISTED}; the table of the chart has all.</p>
      )}
    </details>
  );
}
