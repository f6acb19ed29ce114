import path from "node:path";
import { stripVTControlCharacters } from "node:util";

/** A report of `vitest --reporter=json`, as far as it is read here. */
export interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numFailedTestSuites: number;
  testResults: {
    name: string;
    /** Why the file could not be loaded. */
    message?: string;
    assertionResults: { fullName: string; status: string; failureMessages?: string[] | null }[];
  }[];
}

/** A report of `playwright test --reporter=json`, as far as it is read here. */
export interface PlaywrightReport {
  stats: { expected: number; unexpected: number; flaky: number };
  suites: Suite[];
}

interface Suite {
  suites?: Suite[];
  specs?: {
    title: string;
    file: string;
    line: number;
    ok: boolean;
    tests: { results: { error?: { message?: string }; errorLocation?: { file: string; line: number } }[] }[];
  }[];
}

/** So much of an error says what was expected and what was seen; the whole stands further up in the output. */
const LINES = 12;

/** One text per failed test: its file, its name, and the first lines of its error. */
export const failedInVitest = ({ testResults }: VitestReport): string[] =>
  testResults.flatMap(({ name, message, assertionResults }) => [
    ...(message && assertionResults.length === 0 ? [entry(name, "", message)] : []),
    ...assertionResults
      .filter(({ status }) => status === "failed")
      .map(({ fullName, failureMessages }) => entry(name, fullName, failureMessages?.[0])),
  ]);

/** The same for the browser tests, with the line that failed. */
export const failedInPlaywright = ({ suites }: Pick<PlaywrightReport, "suites">): string[] =>
  suites.flatMap((suite) => [
    ...(suite.specs ?? [])
      .filter(({ ok }) => !ok)
      .map(({ file, line, title, tests }) => {
        const result = tests.flatMap(({ results }) => results).find(({ error }) => error);
        // Often a helper's line, so it has a file of its own.
        const at = result?.errorLocation ?? { file, line };
        return entry(`${file} at ${path.basename(at.file)}:${at.line}:`, title, result?.error?.message);
      }),
    ...failedInPlaywright({ suites: suite.suites ?? [] }),
  ]);

function entry(file: string, title: string, message = "no error was reported"): string {
  const lines = stripVTControlCharacters(message).trimEnd().split("\n").slice(0, LINES);
  return [`✗ ${file} ${title}`.trimEnd(), ...lines.map((line) => `    ${line}`)].join("\n");
}
