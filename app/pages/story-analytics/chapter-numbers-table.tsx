import { Link } from "@remix-run/react";
import { formatNumber, formatPercent } from "~/shared/format";
import { Sparkline } from "~/ui/charts/sparkline";
import { DataTable } from "~/ui/tables/data-table";
import { ShareBar } from "./share-bar";

interface Chapter {
  number: number;
  title: string;
  published: boolean;
  counted: number;
  waiting: number | null;
  inRange: number;
  bars: number[];
  ofFirst: number | null;
  ofPrevious: number | null;
}

interface ChapterNumbersTableProps {
  numbers: { chapters: Chapter[]; range: { key: string; words: string }; step: string };
}

/** A sparkline tells apart no more bars than this. */
const MOST_BARS = 60;

/** The chapters with their reads, and how many of the readers of chapter 1 came that far. */
export function ChapterNumbersTable({ numbers }: ChapterNumbersTableProps) {
  const { chapters, range, step } = numbers;
  const long = (chapters[0]?.bars.length ?? 0) > MOST_BARS;
  return (
    <DataTable
      caption="Reads by chapter"
      rows={chapters}
      keyOf={(chapter) => chapter.number}
      empty="This story has no chapters yet."
      columns={[
        {
          head: "Chapter",
          names: true,
          cell: (chapter) => (
            <>
              <Link to={`?range=${range.key}&chapter=${chapter.number}`} className="link">
                {chapter.number}. {chapter.title}
              </Link>
              {!chapter.published && <span className="text-ink-muted"> (a draft)</span>}
            </>
          ),
        },
        {
          head: "Reads in all",
          numeric: true,
          cell: (chapter) => (
            <>
              {formatNumber(chapter.counted + (chapter.waiting ?? 0))}
              {chapter.waiting ? (
                <span className="block text-xs text-ink-muted">{formatNumber(chapter.waiting)} waiting</span>
              ) : null}
            </>
          ),
        },
        {
          head: "Of the readers of chapter 1",
          numeric: true,
          cell: (chapter) => (chapter.published ? <ShareBar share={chapter.ofFirst} /> : ""),
        },
        {
          head: "Of the chapter before",
          numeric: true,
          wideOnly: true,
          cell: (chapter) =>
            chapter.published && chapter.ofPrevious !== null ? formatPercent(chapter.ofPrevious) : "",
        },
        {
          head: `Counted ${range.words}`,
          numeric: true,
          wideOnly: true,
          cell: (chapter) => formatNumber(chapter.inRange),
        },
        {
          head: long ? `Reads per ${step}, the last ${MOST_BARS}` : `Reads per ${step}`,
          graphic: true,
          wideOnly: true,
          cell: (chapter) => (
            <Sparkline values={chapter.bars.slice(-MOST_BARS)} unit={`reads per ${step}`} unfinished />
          ),
        },
      ]}
    />
  );
}
