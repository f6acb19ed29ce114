import { Fragment } from "react";
import { splitAtTimes } from "./split-at-times";
import { UtcTime } from "./utc-time";

interface SentenceProps {
  /** With its times in UTC, as formatTime writes them. */
  text: string;
  /** The time at which the page was read, ISO. */
  now: string;
}

/** A sentence with its times in the viewer's time zone. */
export function Sentence({ text, now }: SentenceProps) {
  let position = 0;
  return splitAtTimes(text, new Date(now)).map((part) => {
    position += part.text.length;
    return (
      <Fragment key={position}>
        {part.at === undefined ? (
          part.text
        ) : (
          <UtcTime at={new Date(part.at).toISOString()} now={now} seconds={part.seconds} />
        )}
      </Fragment>
    );
  });
}
