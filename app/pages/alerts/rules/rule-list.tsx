import type { SerializeFrom } from "@remix-run/node";
import { UtcTime } from "~/ui/time/utc-time";
import type { readRules } from "./read-rules";
import { RuleControl } from "./rule-control";

interface RuleListProps extends SerializeFrom<typeof readRules> {
  now: string;
}

/** Every rule by subject, and when the rules were last evaluated. */
export function RuleList({ groups, evaluation, now }: RuleListProps) {
  return (
    <>
      {groups.map(({ title, rules }) => (
        <section key={title} aria-label={`Rules: ${title}`} className="flex flex-col not-first:pt-4">
          <h3 className="pb-1 text-sm font-medium text-ink-muted">{title}</h3>
          {rules.map((rule) => (
            <RuleControl key={rule.kind} rule={rule} now={now} />
          ))}
        </section>
      ))}
      <p className="text-xs text-ink-muted">
        {evaluation.at ? (
          <>
            Last evaluated at <UtcTime at={evaluation.at} now={now} seconds /> by {evaluation.process}.
          </>
        ) : (
          "Not evaluated yet."
        )}{" "}
        One process evaluates the rules every 15 seconds, and at once when a web process changes where it
        counts.
      </p>
    </>
  );
}
