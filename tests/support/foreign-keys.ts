import path from "node:path";
import ts from "typescript";

/** A place where an object is read by a key that is not known when the code is written. */
export interface ForeignKey {
  /** `app/pages/audit/audit-page.tsx:12`. */
  at: string;
  code: string;
}

/** The one function that may: it looks at the object's own keys only. */
const HELPER = "app/shared/look-up.ts";
/** Objects of Node's and the browser's that are made of foreign keys, and read by names of ours. */
const FOREIGN_OBJECTS =
  /^(IncomingHttpHeaders|OutgoingHttpHeaders|ProcessEnv|Readonly<ProcessEnv>|CSSStyleDeclaration|DOMStringMap)$/;

/**
 * Finds `table[key]` where the key can be any string and the table is an object, so that a key such as `constructor` would find what
 * every object inherits; and `table[key] ?? other` where the types say that the table has every key, so that the author doubts them.
 */
export function findForeignKeys(files: string[], options: ts.CompilerOptions): ForeignKey[] {
  const program = ts.createProgram(files, { ...options, noEmit: true });
  const checker = program.getTypeChecker();
  const found: ForeignKey[] = [];
  for (const file of program.getSourceFiles()) {
    const name = path.relative(process.cwd(), file.fileName);
    if (file.isDeclarationFile || name === HELPER || !files.includes(file.fileName)) continue;
    const visit = (node: ts.Node) => {
      if (ts.isElementAccessExpression(node) && isForeign(node, checker))
        found.push({
          at: `${name}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`,
          code: node.getText(),
        });
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return found;
}

function isForeign(node: ts.ElementAccessExpression, checker: ts.TypeChecker): boolean {
  if (isWritten(node)) return false;
  const table = checker.getApparentType(
    checker.getNonNullableType(checker.getTypeAtLocation(node.expression)),
  );
  const key = checker.getTypeAtLocation(uncast(node.argumentExpression));
  if (isIndexed(table, checker) || FOREIGN_OBJECTS.test(checker.typeToString(table))) return false;
  // A name that a loop took from the table itself, `for (const key of Object.keys(table))`, is a string to TypeScript, too: such
  // code can walk over the entries instead.
  if (isAnyString(key)) return true;
  const isNumber = (key.flags & ts.TypeFlags.NumberLike) !== 0;
  return !isNumber && isDoubted(node) && !mayBeUndefined(checker.getTypeAtLocation(node));
}

/** A key that is said to be one of the table's is still the text that it was. */
const uncast = (node: ts.Expression): ts.Expression =>
  ts.isAsExpression(node) || ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node)
    ? uncast(node.expression)
    : node;

/** Arrays, typed arrays, tuples and strings, whose keys are numbers. */
const isIndexed = (type: ts.Type, checker: ts.TypeChecker): boolean =>
  type.isUnion()
    ? type.types.every((part) => isIndexed(checker.getApparentType(part), checker))
    : checker.getIndexTypeOfType(type, ts.IndexKind.Number) !== undefined &&
      checker.getIndexTypeOfType(type, ts.IndexKind.String) === undefined;

const isAnyString = (type: ts.Type): boolean =>
  type.isUnion() ? type.types.some(isAnyString) : (type.flags & ts.TypeFlags.String) !== 0;

const mayBeUndefined = (type: ts.Type): boolean =>
  type.isUnion()
    ? type.types.some(mayBeUndefined)
    : (type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Any)) !== 0;

/** `table[key] ?? …`, `table[key] || …`, `table[key]?.…` */
function isDoubted(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isBinaryExpression(parent) && parent.left === node)
    return [ts.SyntaxKind.QuestionQuestionToken, ts.SyntaxKind.BarBarToken].includes(
      parent.operatorToken.kind,
    );
  return (
    (ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent)) &&
    parent.expression === node &&
    !!parent.questionDotToken
  );
}

/** `table[key] = …`, `delete table[key]`. */
function isWritten(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isDeleteExpression(parent)) return true;
  return (
    ts.isBinaryExpression(parent) &&
    parent.left === node &&
    parent.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
    parent.operatorToken.kind <= ts.SyntaxKind.LastAssignment
  );
}
