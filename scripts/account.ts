import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { parseArgs } from "node:util";
import pg from "pg";
import { isPublicPassword } from "../app/auth/demo-accounts";
import { isLastOperator, LAST_OPERATOR } from "../app/auth/last-operator";
import { hashPassword } from "../app/auth/passwords";
import { isRole, ROLES } from "../app/shared/roles";
import { setDisabled } from "./account-access";
import { erase, printExport } from "./account-data";
import { locateSite } from "./replay/locate-site";

/**
 * `npm run account -- --email you@example.org --name "You" --role OPS` creates an account, or gives an existing one a new
 * password, name and role (READER, EDITOR, AUDITOR: a read-only operator, OPS). The command prompts for the password or reads it from standard input; it is not an argument,
 * because every user of the machine can see those. A site starts without accounts: this creates the first one.
 *
 * `--disable you@example.org` ends the account's sessions and refuses its log-ins, `--enable` ends that; `--reason "…"` goes to the audit.
 *
 * `--export you@example.org` prints everything about a person as JSON. `--erase you@example.org` says what erasing them would change;
 * with `--yes` it does so. An author's stories go to `--reassign-to them@example.org`.
 */
const MIN_PASSWORD_LENGTH = 12;

async function main() {
  const { values } = parseArgs({
    options: {
      email: { type: "string" },
      name: { type: "string" },
      role: { type: "string" },
      export: { type: "string" },
      erase: { type: "string" },
      disable: { type: "string" },
      enable: { type: "string" },
      reason: { type: "string" },
      "reassign-to": { type: "string" },
      yes: { type: "boolean", default: false },
    },
  });
  if (existsSync(".env")) process.loadEnvFile(".env");
  if (values.export !== undefined) return printExport(values.export);
  if (values.erase !== undefined)
    return erase(values.erase, { reassignTo: values["reassign-to"], really: values.yes });
  if (values.disable !== undefined) return setDisabled(values.disable, true, values.reason);
  if (values.enable !== undefined) return setDisabled(values.enable, false, values.reason);
  const email = values.email?.trim().toLowerCase() ?? "";
  const role = values.role?.toUpperCase() ?? "READER";
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw new Error("--email: give the account's e-mail address.");
  if (!isRole(role)) throw new Error(`--role: must be one of ${ROLES.join(", ")}.`);
  const { databaseUrl: url } = locateSite(undefined);

  const password = await readPassword();
  if (password.length < MIN_PASSWORD_LENGTH)
    throw new Error(`The password must have at least ${MIN_PASSWORD_LENGTH} characters.`);
  if (isPublicPassword(password))
    throw new Error("This password is public: it is a demo account's. Choose another one.");
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // A new password ends the sessions opened with the old one.
    await client.query("BEGIN");
    const { rows: before } = await client.query<{ id: number }>(`SELECT id FROM "User" WHERE email = $1`, [
      email,
    ]);
    const query = (text: string, parameters: unknown[]) => client.query(text, parameters);
    if (before[0] && role !== "OPS" && (await isLastOperator(query, before[0].id)))
      throw new Error(`Nothing was changed: ${LAST_OPERATOR}`);
    const { rows } = await client.query<{ id: number; created: boolean }>(
      `INSERT INTO "User" (email, name, role, "passwordHash") VALUES ($1, $2, $3::"Role", $4)
       ON CONFLICT (email) DO UPDATE SET name = EXCLUDED.name, role = EXCLUDED.role, "passwordHash" = EXCLUDED."passwordHash"
       RETURNING id, old.id IS NULL AS created`,
      [email, values.name?.trim() || email.split("@")[0], role, await hashPassword(password)],
    );
    await client.query(`DELETE FROM "Session" WHERE "userId" = $1`, [rows[0]?.id]);
    await client.query("COMMIT");
    console.log(
      `${email} ${rows[0]?.created ? "is a new account" : "has a new password"}, with the role ${role}.`,
    );
  } finally {
    await client.end();
  }
}

/** Reads one line from standard input; at a terminal it prompts for it and does not show it. */
function readPassword(): Promise<string> {
  const atTerminal = process.stdin.isTTY === true;
  if (atTerminal) process.stdout.write("Password: ");
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: process.stdin,
    output: atTerminal ? silent : undefined,
    terminal: atTerminal,
  });
  return new Promise((resolve, reject) => {
    lines.once("line", (line) => {
      resolve(line);
      lines.close();
      if (atTerminal) process.stdout.write("\n");
    });
    lines.once("close", () => reject(new Error("No password was given.")));
  });
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
