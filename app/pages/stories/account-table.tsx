import { formatCount, formatList, formatNumber } from "~/shared/format";
import type { StoryAccount } from "./story-account-page";

/** The parts of a story's total. They add up to the history, and with a difference to the total. */
export function AccountTable({ account }: { account: StoryAccount }) {
  const { history, total, waiting, difference } = account;
  const retracted = account.incidents.reduce((sum, { mine }) => sum + mine.retracted, 0);
  const lines: [label: string, views: number][] = [
    ["Synced from Redis", history.redis],
    ["Counted straight in the database", history.database],
    ["From before Redis", history.earlier],
    ["Imported from logs and files", history.imported],
    ["Voided by operators", 0 - history.voided],
  ];
  return (
    <div className="flex max-w-2xl flex-col gap-3">
      <table className="figures w-full text-sm">
        <caption className="sr-only">What the total is made of, in views</caption>
        <tbody>
          {lines.map(([label, views]) => (
            <tr key={label} className="border-b border-line">
              <th scope="row" className="py-1.5 text-left font-normal">
                {label}
              </th>
              <td className="py-1.5 text-right">{formatNumber(views)}</td>
            </tr>
          ))}
          {difference.views !== 0 && (
            <tr className="border-b border-line text-alarm">
              <th scope="row" className="py-1.5 text-left font-semibold">
                Differs from its history
              </th>
              <td className="py-1.5 text-right font-semibold">{formatNumber(difference.views)}</td>
            </tr>
          )}
          <tr className="border-b border-line font-semibold">
            <th scope="row" className="py-1.5 text-left">
              Total
            </th>
            <td className="py-1.5 text-right">{formatNumber(total)}</td>
          </tr>
          <tr>
            <th scope="row" className="py-1.5 text-left font-normal">
              In Redis, waiting to sync
            </th>
            <td className="py-1.5 text-right">{waiting === null ? "unknown" : formatNumber(waiting)}</td>
          </tr>
        </tbody>
      </table>
      {account.imports.map(({ id, views, files }) => (
        <p key={id} className="text-sm break-words text-ink-muted">
          Import {id}: {formatCount(views, "read")} from {nameFiles(files)}.
        </p>
      ))}
      {difference.why && <p className="text-sm">{difference.why}</p>}
      {retracted > 0 && (
        <p className="text-sm text-ink-muted">
          {formatNumber(retracted)} counted in outages of the last 30 days were retracted (already counted in
          Redis) and are in none of these lines.
        </p>
      )}
    </div>
  );
}

/** Files of an import that are named; a rotated log has hundreds. */
const FILES_NAMED = 3;

function nameFiles(files: string[]): string {
  const named = files.slice(0, FILES_NAMED);
  const more = files.length - named.length;
  return formatList(more > 0 ? [...named, formatCount(more, "more file")] : named);
}
