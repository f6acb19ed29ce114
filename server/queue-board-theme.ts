import type { UITheme } from "@bull-board/api/dist/types.js";
import type { Response } from "express";
import { OPERATIONS_NAV } from "../app/shared/operations-nav";

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
  "font-sans": `"Inter Variable",Inter,system-ui,-apple-system,"Segoe UI",sans-serif`,
  "font-mono": `ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,monospace`,
  "shadow-popover": "none",
  "shadow-control": "none",
};

/** bull-board's own theme option: the site's colours, type and shapes. */
export const BOARD_THEME: UITheme = {
  light: { ...LIGHT, ...SHAPES },
  dark: { ...DARK, ...SHAPES },
};

const FONT_LINK = /<link href="https:\/\/fonts\.googleapis\.com[^>]*>/g;

/**
 * Adapts bull-board's page where it has no option. Removes its link to Google Fonts: the Content-Security-Policy blocks it, and other
 * hosts should not learn the addresses of our users. Adds public/queue-board.js, which asks for the reason of a change.
 */
export function adaptPage(response: Response): void {
  const send = response.send.bind(response);
  response.send = (body) =>
    send(
      typeof body === "string"
        ? body
            .replace(FONT_LINK, "")
            .replace("</head>", '<script defer src="/queue-board.js"></script></head>')
        : body,
    );
}

const variables = (colors: typeof LIGHT) =>
  Object.entries(colors)
    .map(([name, color]) => `--${name}:${color}`)
    .join(";");

/** The page shown instead of the board: why there is no board, what that means for views, and where to go from here. */
export function absentPage(redis: "down" | "disabled", mount: string): string {
  const [title, text] =
    redis === "down"
      ? [
          "Redis is unreachable",
          "The queues are in Redis, so there is nothing to show until it answers. Meanwhile views are counted in the database, and nothing is lost.",
        ]
      : [
          "No queues",
          "This site counts views directly in the database: no Redis is configured, so there are no jobs.",
        ];
  const links = OPERATIONS_NAV.map(
    ({ to, label }) => `<a href="${to}"${to === mount ? ' aria-current="page"' : ""}>${label}</a>`,
  ).join("");
  return `<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>${title} · Tidemark</title>
<style>
:root{color-scheme:light dark;${variables(LIGHT)}}
@media (prefers-color-scheme:dark){:root{${variables(DARK)}}}
body{background:var(--background);color:var(--foreground);font:1rem/1.5 "Inter Variable",Inter,system-ui,sans-serif;margin:0}
nav{border-bottom:1px solid var(--border);padding:0 2rem;font-size:.875rem;line-height:2.5rem}
nav a{color:var(--muted-foreground);text-decoration:none;margin-right:1.5rem}nav a[aria-current]{color:var(--foreground)}
main{max-width:48rem;padding:2rem}h1{font-size:1.75rem;line-height:1.22;margin:0 0 .75rem}
main a{color:var(--primary);text-underline-offset:.18em}:focus-visible{outline:2px solid var(--primary);outline-offset:2px}
</style></head>
<body><nav aria-label="Operations">${links}</nav>
<main><h1>${title}</h1><p>${text}</p><p><a href="/admin">Back to operations</a> · <a href="${mount}">Try again</a></p></main></body></html>`;
}
