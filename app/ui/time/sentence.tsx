import { Fragment } from "react";
import { timesIn } from "./times-in";
import { UtcTime } from "./utc-time";

/** A sentence of ours whose times are written in the viewer's zone. */
export function Sentence({ text, now }: { text: string; now: string }) {
  let position = 0;
  return timesIn(text, new Date(now)).map((piece) => {
    position += piece.text.length;
    return (
      <Fragment key={position}>
        {piece.at === undefined ? (
          piece.text
        ) : (
          <UtcTime at={new Date(piece.at).toISOString()} now={now} seconds={piece.seconds} />
        )}
      </Fragment>
    );
  });
}
