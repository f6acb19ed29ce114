import { formatCount, formatNumber } from "~/shared/format";
import { describeDrift } from "~/shared/labels";
import { UtcTime } from "~/ui/time/utc-time";
import type { PanelData } from "../panel-data";

const LINES = [
  ["synced", "In the database, via Redis"],
  ["buffered", "In Redis, waiting to sync"],
  ["fallback", "Counted directly in the database"],
  ["journalled", "In the journal, waiting for a store"],
  ["retracted", "Retracted (already counted in Redis)"],
  ["knownLost", "Known lost from Redis’s disk"],
] as const;

/** While Redis cannot be asked: what is known of the views in it, and what Postgres holds. */
function LastKnown({ ledger, redisAt }: Pick<PanelData<"ledger">, "redisAt"> & { ledger: Known }) {
  const { accepted, synced, buffered, fallback, retracted, journalled } = ledger;
  const elsewhere = [
    synced > 0 && `${formatNumber(synced)} synced to the database`,
    fallback > retracted && `${formatNumber(fallback - retracted)} straight in the database`,
    journalled > 0 && `${formatNumber(journalled)} in the journal`,
  ].filter(Boolean);
  return (
    <>
      {formatNumber(accepted)} accepted: {formatNumber(buffered)} in Redis
      {redisAt && (
        <>
          {" as of "}
          <UtcTime at={redisAt} now={ledger.at} seconds />
        </>
      )}
      {elsewhere.map((words) => `, ${words}`)}.{" "}
      <span className="font-normal text-ink-muted">
        Redis is unreachable. Its part is compared with the rest when it answers.
      </span>
    </>
  );
}

type Known = NonNullable<PanelData<"ledger">["ledger"]>;

/** Accepted views, and where each of them is. The two sides must agree: a drift needs an operator. */
export function LedgerTable({ ledger, live, redisAt, losses, doubtful, voided }: PanelData<"ledger">) {
  if (!ledger) return <p className="text-ink-muted">No ledger yet: no view has been accepted.</p>;
  const drifts = ledger.drift !== 0;
  return (
    <div className="flex max-w-2xl flex-col gap-3">
      <p className={drifts ? "font-semibold text-alarm" : undefined}>
        {drifts && `${formatNumber(ledger.drift)} views do not add up. `}
        {live ? (
          <>
            {!drifts && `All ${formatNumber(ledger.accepted)} accepted views are accounted for. `}
            <span className="font-normal text-ink-muted">
              Read at <UtcTime at={ledger.at} />.
            </span>
          </>
        ) : (
          <LastKnown ledger={ledger} redisAt={redisAt} />
        )}
      </p>
      <table className="w-full text-sm">
        <caption className="sr-only">Where every accepted view is, in views</caption>
        <tbody>
          <tr className="border-b border-line font-semibold">
            <th scope="row" className="py-1.5 text-left">
              Accepted
            </th>
            <td className="figures py-1.5 text-right">{formatNumber(ledger.accepted)}</td>
          </tr>
          {LINES.map(([name, label]) => (
            <tr key={name} className="border-b border-line">
              <th scope="row" className="py-1.5 text-left font-normal">
                {label}
                {name === "buffered" && !live && redisAt && (
                  <span className="text-ink-muted">
                    {" "}
                    as of <UtcTime at={redisAt} now={ledger.at} seconds />
                  </span>
                )}
              </th>
              <td className="figures py-1.5 text-right">
                {name === "retracted" && ledger[name] > 0 ? "−" : ""}
                {formatNumber(ledger[name])}
              </td>
            </tr>
          ))}
          <tr>
            <th scope="row" className="py-1.5 text-left font-semibold">
              Drift
            </th>
            <td className={`figures py-1.5 text-right font-semibold ${drifts ? "text-alarm" : ""}`}>
              {formatNumber(ledger.drift)}
            </td>
          </tr>
        </tbody>
      </table>
      {drifts && ledger.parts && (
        <ul className="flex flex-col gap-1 text-sm">
          {Object.entries(ledger.parts)
            .filter(([, views]) => views !== 0)
            .map(([part, views]) => (
              <li key={part}>{describeDrift(part, views)}</li>
            ))}
        </ul>
      )}
      {voided > 0 && (
        <p className="text-sm">
          {`${formatCount(voided, "accepted view is", "accepted views are")} voided: taken out of counts and history by an operator.`}
        </p>
      )}
      {losses.length > 0 && (
        <ul className="flex flex-col gap-1 text-sm">
          {losses.map((loss) => (
            <li key={loss.id}>
              {formatCount(loss.views, "view")} lost: {loss.cause}, noticed <UtcTime at={loss.toAt} />
              {loss.fromAt && (
                <>
                  , last known complete <UtcTime at={loss.fromAt} />
                </>
              )}
              .
              {loss.mayRepeat > 0 && loss.repeatUntil && (
                <>
                  {" "}
                  Redis has forgotten up to {formatCount(loss.mayRepeat, "reader")}, who may be counted again
                  until <UtcTime at={loss.repeatUntil} />.
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      {doubtful.length > 0 && (
        <ul className="flex flex-col gap-1 text-sm">
          {doubtful.map((batch) => (
            <li key={batch.id}>
              Up to {formatNumber(batch.views)} {batch.views === 1 ? "view" : "views"} may be counted twice,
              between <UtcTime at={batch.fromAt} /> and <UtcTime at={batch.toAt} />: counted in the database,
              and not compared with Redis in time. Given up <UtcTime at={batch.at} />.
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
