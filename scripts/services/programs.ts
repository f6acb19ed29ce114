import path from "node:path";
import { fileURLToPath } from "node:url";
import { isCompiled } from "../../app/platform/compiled";
import { compiledDir, programs } from "../programs.mjs";

/** The checkout. It is two folders above this module, both in scripts/services and compiled in build/programs. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

export type ProgramName = keyof typeof programs;

/** Node's arguments for a compiled program. A stack trace names the TypeScript file and line. */
export const compiledProgram = (name: ProgramName): string[] => [
  "--enable-source-maps",
  path.join(root, compiledDir, `${name}.js`),
];

/** Node's arguments for a program, in the form in which this process itself runs: compiled or from source. */
export const programLikeUs = (name: ProgramName): string[] =>
  isCompiled ? compiledProgram(name) : ["--import", "tsx", path.join(root, programs[name])];
