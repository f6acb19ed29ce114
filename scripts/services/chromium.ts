import { existsSync } from "node:fs";
import { chromium } from "@playwright/test";
import { findProgram, installPackage, run } from "./system-packages";

const downloadMs = 3 * 60_000;
/** The headless shell is the same engine without a window, and needs a third less processor time. */
const names = [
  "chromium-headless-shell",
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
];

/**
 * Finds a Chromium for the browser tests: Playwright's own, else one on the PATH. If there is none, downloads Playwright's, else
 * installs the system's package, which may take minutes.
 * @throws Error with one line when none can be found or installed.
 */
export function findChromium(onInstall: () => void = () => undefined): string {
  const present = playwrightChromium() ?? findProgram(...names);
  if (present) return present;
  onInstall();
  if (run([process.execPath, playwrightCli(), "install", "--with-deps", "chromium"], downloadMs)) {
    const downloaded = playwrightChromium();
    if (downloaded) return downloaded;
  }
  let refused: string | undefined;
  for (const apt of ["chromium-headless-shell", "chromium"]) {
    refused = installPackage({ apt });
    const installed = findProgram(...names);
    if (installed) return installed;
  }
  throw new Error(
    `There is no Chromium for the browser tests (${refused}): install one, or run "npx playwright install chromium".`,
  );
}

function playwrightChromium(): string | undefined {
  const file = chromium.executablePath();
  return existsSync(file) ? file : undefined;
}

function playwrightCli(): string {
  return new URL("cli.js", import.meta.resolve("@playwright/test/package.json")).pathname;
}
