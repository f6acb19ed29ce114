import bcd from "@mdn/browser-compat-data" with { type: "json" };
import type { CompatStatement, Identifier, SupportStatement } from "@mdn/browser-compat-data";
import ts from "typescript";
import { oldestBrowsers } from "../../scripts/browsers";

/** Global objects by the name under which scripts use them. */
const SINGLETONS: Record<string, string> = {
  navigator: "Navigator",
  document: "Document",
  window: "Window",
  performance: "Performance",
  location: "Location",
  history: "History",
  crypto: "Crypto",
  screen: "Screen",
};

const { builtins } = bcd.javascript as { builtins: Identifier };
const roots = [bcd.api as Identifier, builtins];

/** Whether a browser of `browserslist` does not have this feature in its oldest version. */
function tooNew({ support }: CompatStatement): boolean {
  return oldestBrowsers.some(({ name, version }) => {
    const known = { ios_saf: "safari_ios" }[name] ?? name;
    const statement: SupportStatement | undefined = (support as Record<string, SupportStatement>)[known];
    const [newest] = statement ? [statement].flat() : [];
    const added = newest?.flags ? false : newest?.version_added;
    return typeof added === "string" && added !== "preview"
      ? isLater(added.replace("≤", ""), version)
      : !added;
  });
}

const isLater = (a: string, b: string) => a.localeCompare(b, "en", { numeric: true }) > 0;

/** A feature of JavaScript or of the DOM: `member` of an object that scripts can name, or the object itself. */
function feature(owner: string, member?: string): CompatStatement | undefined {
  for (const root of roots) {
    const found = root[owner];
    const one = member === undefined ? found : (found?.[`${member}_static`] ?? found?.[member]);
    if (one?.__compat) return one.__compat;
  }
  return undefined;
}

const membersOf = (owner: Identifier): [string, CompatStatement][] =>
  Object.entries(owner).flatMap(([name, member]) => {
    const statement = name === "__compat" ? undefined : (member as Identifier).__compat;
    return statement ? [[name, statement]] : [];
  });

/** Methods that some object has only recently, and no other had before: whatever they are called on, it is one of these. */
const newMembers = (() => {
  const old = new Set<string>();
  const young = new Set<string>();
  for (const root of roots)
    for (const owner of Object.values(root))
      for (const [name, statement] of membersOf(owner as Identifier))
        (tooNew(statement) ? young : old).add(name.replace(/_(static|event)$/, ""));
  return new Set([...young].filter((name) => !old.has(name)));
})();

/** What a script uses that the oldest browsers do not have, as `URL.canParse` or, on any object, `.toReversed`. */
export function tooNewInScript(code: string): string[] {
  const found = new Set<string>();
  const check = (owner: string, member?: string) => {
    const statement = feature(SINGLETONS[owner] ?? owner, member);
    if (statement && tooNew(statement)) found.add(member ? `${owner}.${member}` : owner);
  };
  const visit = (node: ts.Node) => {
    if (ts.isPropertyAccessExpression(node)) {
      const member = node.name.text;
      if (ts.isIdentifier(node.expression)) {
        check(node.expression.text, member);
        check(node.expression.text);
      }
      if (ts.isCallExpression(node.parent) && node.parent.expression === node && newMembers.has(member))
        found.add(`.${member}()`);
    }
    if (ts.isNewExpression(node) && ts.isIdentifier(node.expression)) check(node.expression.text);
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      check(node.expression.text);
      if (feature("Window", node.expression.text)) check("window", node.expression.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("script.js", code, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS));
  return [...found].sort();
}

/**
 * What a style sheet uses that the oldest browsers do not understand, of the things that lose more than one declaration: at-rules,
 * selectors, and functions (a variable that holds an unknown one is no value at all).
 */
export function tooNewInStyles(css: string): string[] {
  const { selectors, types, "at-rules": atRules } = bcd.css as Record<string, Identifier>;
  const functions = new Map<string, CompatStatement>();
  for (const type of Object.values(types ?? {}))
    for (const [name, statement] of membersOf(type as Identifier)) functions.set(name, statement);
  const names = (pattern: RegExp, text = css) => [
    ...new Set(Array.from(text.matchAll(pattern), ([, name = ""]) => name)),
  ];
  const heads = (css.match(/[^{}]+(?=\{)/g) ?? []).filter((head) => !head.startsWith("@")).join("{");
  const used: [string, CompatStatement | undefined][] = [
    ...names(/@([a-z-]+)/g).map((name): [string, CompatStatement | undefined] => [
      `@${name}`,
      atRules?.[name]?.__compat,
    ]),
    ...names(/::?([a-z-]+)/g, heads).map((name): [string, CompatStatement | undefined] => [
      `:${name}`,
      selectors?.[name]?.__compat,
    ]),
    ...names(/([a-z-]+)\(/g).map((name): [string, CompatStatement | undefined] => [
      `${name}()`,
      functions.get(name),
    ]),
  ];
  return used.flatMap(([name, statement]) => (statement && tooNew(statement) ? [name] : [])).sort();
}
