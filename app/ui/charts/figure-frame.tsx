import { useSearchParams } from "@remix-run/react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { FoldArrow, FoldButton, usePhoneFold } from "../phone-fold";
import { Sentence } from "../time/sentence";
import { useChartPage } from "./chart-page";
import { FigureMenu } from "./figure-menu";

/** In the address of a page, it shows all tables from the start: the way to them without JavaScript. */
const TABLES = "tables";

interface FigureFrameProps {
  /** The chart's name, and after " · " its main number: "Latency · p50 2.2 ms, p99 164 ms". */
  title: string;
  legend: ReactNode;
  children: ReactNode;
  /** The same numbers, for everyone who does not read them off the chart. */
  table: ReactNode;
  /** Address of the drawn numbers as a file. */
  csv?: string;
  /** File under /admin/raw with the rows behind them. */
  raw?: string;
  note?: ReactNode;
  /** A small drawing of the same, for phones, where the chart is folded away at first. */
  sparkline?: ReactNode;
  /** Open on phones, too. */
  openOnPhones?: boolean;
}

/** Splits a title into the chart's name, and the rest. */
function splitTitle(title: string): [name: string, rest: string] {
  const [name = "", ...rest] = title.split(" · ");
  return [name, rest.join(" · ")];
}

/** Everything around a chart: its title, a menu (table, files, link) and a legend. On phones it is a line with a sparkline until it is tapped. */
export function FigureFrame(props: FigureFrameProps) {
  const { title, legend, children, table, csv, raw, note, sparkline, openOnPhones = false } = props;
  const { now } = useChartPage();
  const [name, rest] = splitTitle(title);
  // A title that is a sentence has numbers in it, which change: it does not name the chart.
  const id = rest ? name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-") : "chart";
  const box = useRef<HTMLInputElement>(null);
  const [search] = useSearchParams();
  const [hasTable, setHasTable] = useState(search.has(TABLES));
  const fold = usePhoneFold(openOnPhones || !sparkline);
  // It may have been ticked before the page hydrated.
  useEffect(() => setHasTable(box.current?.checked ?? false), []);
  return (
    <figure
      id={id}
      className={`flex min-w-0 scroll-mt-4 flex-col gap-1.5 ${sparkline ? "max-sm:border-b max-sm:border-line max-sm:pb-2" : ""}`}
    >
      <figcaption className="contents">
        <div className="relative flex items-start justify-between gap-2 max-sm:items-center">
          {sparkline && <FoldArrow open={fold.open} />}
          <h2 className="figures min-w-0 grow text-sm text-pretty">
            <span className="font-semibold">{name}</span>
            {rest && (
              <span className="text-ink-muted">
                {" · "}
                {now ? <Sentence text={rest} now={now} /> : rest}
              </span>
            )}
          </h2>
          {sparkline && <div className={`shrink-0 sm:hidden ${fold.open ? "hidden" : ""}`}>{sparkline}</div>}
          {sparkline && (
            <FoldButton name={name} open={fold.open} controls={`${id}-chart`} onToggle={fold.toggle} />
          )}
          <div className={fold.hidden}>
            <FigureMenu
              name={name}
              id={id}
              csv={csv}
              raw={raw}
              tableBox={box}
              hasTable={hasTable}
              onTable={setHasTable}
            />
          </div>
        </div>
      </figcaption>
      <div id={`${id}-chart`} className={`flex min-w-0 flex-col gap-1.5 ${fold.hidden}`}>
        <div className="flex flex-wrap items-center gap-x-4 gap-y-0.5 text-xs text-ink-muted">{legend}</div>
        {children}
        {note && <p className="figures text-xs text-ink-muted">{note}</p>}
        {/* All rows of a console page's tables would be most of its elements, and each refresh would update them unseen. */}
        {hasTable && table}
      </div>
      {!hasTable && (
        <noscript>
          <p className="text-xs">
            <a className="link" href={withTables(search, id)}>
              Show as table
            </a>
          </p>
        </noscript>
      )}
    </figure>
  );
}

function withTables(search: URLSearchParams, id: string) {
  const address = new URLSearchParams(search);
  address.set(TABLES, "1");
  return `?${address}#${id}`;
}

/** An entry of a legend. */
export function LegendItem({ swatch, children }: { swatch: ReactNode; children: ReactNode }) {
  return (
    <span className="figures inline-flex items-center gap-1.5">
      {swatch}
      <span>{children}</span>
    </span>
  );
}
