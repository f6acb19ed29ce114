import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { PrismaPg } from "@prisma/adapter-pg";
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  DriverAdapterError,
  type SqlMigrationAwareDriverAdapterFactory,
} from "@prisma/driver-adapter-utils";
import type {
  MigrationList,
  SchemaFilter,
  SchemasContainer,
} from "@prisma/schema-engine-wasm/schema_engine_bg";
import * as engine from "@prisma/schema-engine-wasm/schema_engine_bg";
import pg from "pg";
import { migrationNames, migrationsDir } from "./migration-files";

const schemaFile = fileURLToPath(new URL("./schema.prisma", import.meta.url));

/** Nothing in the database is managed outside the migrations. */
export const noFilter: SchemaFilter = { externalTables: [], externalEnums: [] };

/**
 * Opens Prisma's own migration engine (WebAssembly, from npm) on a database. The `prisma` command does the same with an
 * engine that it downloads; this one needs no network and writes the same `_prisma_migrations` table.
 * The caller calls `close()` when done.
 */
export async function openSchemaEngine(databaseUrl: string) {
  await loadWasm();
  const pool = poolFor(databaseUrl);
  const adapter = bindMigrationAwareSqlAdapterFactory(adapterFor(pool));
  const schema = await readSchema();
  const models = schema.files.map((file): [string, string] => [file.path, file.content]);
  const opened = await engine.SchemaEngine.new({ datamodels: models }, () => undefined, adapter);
  return {
    engine: opened,
    explain: (error: unknown) => explain(error, adapter.errorRegistry),
    async close() {
      opened.free();
      // The engine holds its own advisory lock in its session; left open, the next one would wait for it.
      await pool.end();
    },
  };
}

/** Reads the Prisma schema in the form that the engine expects. */
export async function readSchema(): Promise<SchemasContainer> {
  return { files: [{ path: schemaFile, content: await readFile(schemaFile, "utf8") }] };
}

/** Reads the migrations on disk, oldest first, in the form that the engine expects. The engine refuses a folder without SQL. */
export async function readMigrations(directory = migrationsDir): Promise<MigrationList> {
  const lock = "migration_lock.toml";
  const names = await migrationNames(directory);
  return {
    baseDir: directory,
    lockfile: { path: lock, content: await readFile(path.join(directory, lock), "utf8").catch(() => null) },
    shadowDbInitScript: "",
    migrationDirectories: await Promise.all(
      names.map(async (name) => ({
        path: name,
        migrationFile: { path: "migration.sql", content: await readSql(path.join(directory, name)) },
      })),
    ),
  };
}

async function readSql(folder: string) {
  try {
    return { tag: "ok" as const, value: await readFile(path.join(folder, "migration.sql"), "utf8") };
  } catch (error) {
    return { tag: "error" as const, value: String(error) };
  }
}

/**
 * Prisma's adapter, except that it sends each migration whole. The original `executeScript` splits at every semicolon, which
 * cuts functions (`$$ ... $$`), strings and comments in two. Sent whole, a migration is also one transaction, as it is
 * with the engine of the `prisma` command.
 */
function adapterFor(pool: pg.Pool): SqlMigrationAwareDriverAdapterFactory {
  const factory = new PrismaPg(pool);
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => readableChars(wholeScripts(await factory.connect())),
    connectToShadowDb: () => Promise.reject(new Error("Tidemark's migrations need no shadow database.")),
  };
}

/** The protocol's type numbers for Postgres's internal "char" and for an array of it. */
const charType = 18;
const charArrayType = 1002;

/**
 * Postgres's catalogue is full of the internal type "char", which the adapter refuses to read and the engine requires.
 * Here it passes through the adapter as an array of characters, which no catalogue query returns; `readableChars` converts
 * it back.
 */
function poolFor(databaseUrl: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: databaseUrl });
  const query = pool.query.bind(pool) as (...given: unknown[]) => Promise<pg.QueryResult>;
  const readable = async (...given: unknown[]) => {
    const result = await query(...given);
    for (const field of result.fields ?? [])
      if (field.dataTypeID === charType) field.dataTypeID = charArrayType;
    return result;
  };
  return Object.assign(pool, { query: readable });
}

function readableChars(adapter: PgAdapter): PgAdapter {
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (query) => {
    const result = await queryRaw(query);
    const { Character, CharacterArray } = ColumnTypeEnum;
    return {
      ...result,
      columnTypes: result.columnTypes.map((type) => (type === CharacterArray ? Character : type)),
    };
  };
  return adapter;
}

type PgAdapter = Awaited<ReturnType<PrismaPg["connect"]>>;

function wholeScripts(adapter: PgAdapter): PgAdapter {
  adapter.executeScript = async (script) => {
    await adapter
      .underlyingDriver()
      .query(script)
      .catch((error: unknown) => {
        throw adapterError(error);
      });
  };
  return adapter;
}

/** The engine understands database errors only in this shape. */
function adapterError(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  const { code = "XX000", severity = "ERROR", message, detail, column, hint } = error;
  return new DriverAdapterError({
    kind: "postgres",
    code,
    severity,
    message,
    detail,
    column,
    hint,
    originalCode: code,
    originalMessage: message,
  });
}

let loaded: Promise<void> | undefined;

/** The engine reports a panic to this global before it traps; without it, the reason would be lost. */
const panics = {
  message: "",
  set_message(message: string) {
    this.message = message;
  },
};
Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: panics });

function loadWasm(): Promise<void> {
  loaded ??= (async () => {
    const script = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm/schema_engine_bg");
    const module = await WebAssembly.compile(await readFile(script.replace(/\.js$/, ".wasm")));
    const imports = { "./schema_engine_bg.js": engine as unknown as WebAssembly.ModuleImports };
    const { exports } = await WebAssembly.instantiate(module, imports);
    setWasm(exports);
    (exports.__wbindgen_start as () => void)();
  })();
  return loaded;
}

/** The generated glue code has this function, but its type declarations omit it. */
function setWasm(exports: WebAssembly.Exports): void {
  (engine as unknown as { __wbg_set_wasm(exports: WebAssembly.Exports): void }).__wbg_set_wasm(exports);
}

type Registry = { consumeError(id: number): { error: unknown } | undefined };

/** Explains an error in one line: the engine appends a stack trace, and stores a driver's error under a number. */
function explain(error: unknown, registry: Registry): string {
  const message = panics.message || (error instanceof Error ? error.message : String(error));
  const kept = /external error \(reason: (\d+)\)|External error: (\d+)/i.exec(message);
  const original = kept ? registry.consumeError(Number(kept[1] ?? kept[2]))?.error : undefined;
  const text = original instanceof Error ? original.message : message;
  const migration = /with migration_name="([^"]+)"/.exec(message)?.[1];
  const [withoutTrace = ""] = text.split(/\n\s+0: /);
  return `${migration ? `${migration}: ` : ""}${withoutTrace.replace(/\s*\n\s*/g, " ").trim()}`;
}
