import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { UIConfig, UITheme } from "@bull-board/api/dist/types.js";
import type { Response } from "express";
import { OPERATIONS_NAV, type OperationsPage } from "../app/shared/operations-nav";

/** The site's colours (app.css), under bull-board's names. */
const LIGHT = {
  background: "#f8f7f3",
  foreground: "#1a2329",
  card: "#ffffff",
  popover: "#ffffff",
  primary: "#0a5a6e",
  "primary-foreground": "#ffffff",
  secondary: "#efede6",
  "secondary-foreground": "#1a2329",
  muted: "#efede6",
  "muted-foreground": "#56626a",
  accent: "#efede6",
  "accent-foreground": "#1a2329",
  destructive: "#b4231c",
  border: "#dcdad2",
  input: "#85898a",
  sidebar: "#efede6",
  "sidebar-foreground": "#56626a",
  "sidebar-accent": "#dcdad2",
  "sidebar-border": "#dcdad2",
  "status-failed": "#b4231c",
  "status-completed": "#1c7a48",
};
const DARK: typeof LIGHT = {
  background: "#11171b",
  foreground: "#e4e2db",
  card: "#182126",
  popover: "#182126",
  primary: "#7cc5d3",
  "primary-foreground": "#0c1114",
  secondary: "#182126",
  "secondary-foreground": "#e4e2db",
  muted: "#182126",
  "muted-foreground": "#9caab1",
  accent: "#182126",
  "accent-foreground": "#e4e2db",
  destructive: "#ff8578",
  border: "#2b373e",
  input: "#6d7a82",
  sidebar: "#0c1114",
  "sidebar-foreground": "#9caab1",
  "sidebar-accent": "#182126",
  "sidebar-border": "#2b373e",
  "status-failed": "#ff8578",
  "status-completed": "#63c98f",
};
const SHAPES = {
  radius: "6px",
  "font-sans": `"Inter Cut","Inter Variable",Inter,system-ui,-apple-system,"Segoe UI",sans-serif`,
  "font-mono": `ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,monospace`,
  "shadow-popover": "none",
  "shadow-control": "none",
};

/** bull-board's own theme option: the site's colours, type and shapes. */
const BOARD_THEME: UITheme = {
  light: { ...LIGHT, ...SHAPES },
  dark: { ...DARK, ...SHAPES },
};

/** The states that a sync's job can have: none has children, or a priority. */
export const OCCURRING_STATES = ["active", "waiting", "completed", "failed", "delayed"] as const;

/** A time as the site writes it: 24 hours, UTC. */
const CLOCK = {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
  timeZone: "UTC",
  timeZoneName: "short",
} as const;

/** bull-board's own settings: words, dates, colours. What it cannot be told, `adaptPage` changes. */
export const BOARD_SETTINGS: UIConfig = {
  boardTitle: "Queue board · Tidemark",
  boardLogo: { path: "/favicon.svg", width: 24, height: 24 },
  favIcon: { default: "/favicon.svg", alternative: "/favicon.ico" },
  locale: { lng: "en-GB" },
  dateFormats: {
    short: CLOCK,
    common: { day: "numeric", month: "short", ...CLOCK },
    full: { day: "numeric", month: "short", year: "numeric", ...CLOCK },
  },
  // What it shows of Redis, /admin/redis shows better.
  hideRedisDetails: true,
  hideDocsLink: true,
  theme: BOARD_THEME,
};

const FONT_LINK = /<link href="https:\/\/fonts\.googleapis\.com[^>]*>/g;

/**
 * Adapts bull-board's page where it has no setting. Removes its link to Google Fonts: the Content-Security-Policy blocks it, and other
 * hosts should not learn the addresses of our users. Adds the site's typeface and the operators' navigation above the board, and
 * public/queue-board.js, which asks for the reason of a change, names buttons that have no name, and says when Redis is unreachable.
 */
export function adaptPage(response: Response): void {
  const send = response.send.bind(response);
  response.send = (body) => send(typeof body === "string" ? adapt(body) : body);
}

const adapt = (page: string) =>
  page
    .replace(FONT_LINK, "")
    .replace('<html lang="en"', '<html lang="en-GB"')
    .replace(
      "</head>",
      `<style>${typeface()}</style><link href="/queue-board.css" rel="stylesheet"><script defer src="/queue-board.js"></script></head>`,
    )
    .replace(/<body[^>]*>/, (body) => body + HEADER);

const link = ({ to, label }: OperationsPage) =>
  `<li><a href="${to}"${to === "/admin/queues" ? ' aria-current="true"' : ""}>${label}</a></li>`;

const LINKS = OPERATIONS_NAV.map(
  ({ name, pages }) => `<ul aria-label="${name}">${pages.map(link).join("")}</ul>`,
).join("");

/** The site's header in few words: where this is, and the ways out of it. */
const HEADER = `<div id="site-header">
<section aria-label="Site"><a href="/" aria-label="Tidemark, all stories"><img src="/favicon.svg" alt="" width="24" height="24">Tidemark</a>
<h1>Queue board</h1><a href="/admin/queues">Back to Queues</a></section>
<nav aria-label="Operations">${LINKS}</nav>
<p role="status" id="board-notice" hidden></p></div>`;

let fontFaces: string | undefined;

/** The rules of the site's typeface, as the build wrote them; none where there is no build, as in development. */
function typeface(): string {
  fontFaces ??= readFontFaces("build/client/assets");
  return fontFaces;
}

function readFontFaces(dir: string): string {
  if (!existsSync(dir)) return "";
  const styles = readdirSync(dir).filter((file) => /^root-.*\.css$/.test(file));
  const text = styles.map((file) => readFileSync(path.join(dir, file), "utf8")).join("");
  return (text.match(/@font-face\{[^}]*\}/g) ?? []).filter((rule) => rule.includes("Inter")).join("");
}
