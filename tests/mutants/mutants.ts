/** A mistake in the source: `find` occurs exactly once in the file and becomes `replace`. The tests named must notice it. */
export interface Mutant {
  /** As a sentence about the broken code. */
  name: string;
  file: string;
  find: string;
  replace: string;
  /** The test files that are run, without their folder and ending, cheapest first. */
  tests: string[];
}

const record = "app/stores/redis/scripts/record.lua";
const seen = "app/stores/redis/scripts/seen.lua";
const life = "app/stores/redis/scripts/life.lua";
const settle = "app/stores/redis/scripts/settle.lua";
const close = "app/stores/redis/scripts/close.lua";
const reconcile = "app/stores/redis/scripts/reconcile.lua";
const sync = "app/tracker/sync.ts";
const marks = "app/stores/postgres/marks.ts";
const markStatements = "app/stores/postgres/mark-statements.ts";
const balance = "app/telemetry/ledger/balance.ts";
const stores = "contract/view-store";
const memory = "integration/dedupe-memory";
const syncs = "integration/sync";
const lives = "integration/lives";
const ledger = "integration/ledger";
const outages = "integration/reconcile";
const windows = "integration/windows";
const counting = "app/stores/postgres/count-statement.ts";
const migration = "prisma/migrations/20260503000000_windows_by_viewer/migration.sql";
const rows = "app/stores/postgres/fallback-rows.ts";
const breaker = "app/tracker/breaker.ts";
const offering = "app/tracker/offer-views.ts";
const holdings = "app/stores/journal/open-journal.ts";
const line = "app/stores/journal/line.ts";

/** Mistakes of the kind that people make in counting code, each planted in one place. */
export const mutants: Mutant[] = [
  {
    name: "a live view remembers one hour only",
    file: record,
    find: "if not at then at, ahead = now, 0 end",
    replace: "if not at then at, ahead, window = now, 0, math.min(window, 3600000) end",
    tests: [memory],
  },
  {
    name: "views of one call for one story are shown as one unsynced view",
    file: record,
    find: "for field, count in pairs(unwritten) do redis.call('HINCRBY', unsynced, field, count) end",
    replace: "",
    tests: [stores, syncs],
  },
  {
    name: "a call's new referrers are never limited",
    file: record,
    find: "writeCounts(limitReferrers)",
    replace: "writeCounts()",
    tests: [syncs, memory],
  },
  {
    name: "a viewer is looked for in another bucket than before",
    file: seen,
    find: "hash = hash % 4294967296",
    replace: "hash = hash % 4294967295",
    tests: [memory],
  },
  {
    name: "two fingerprints share a field",
    file: seen,
    find: "(number - bucket) / count)",
    replace: "(number - bucket) / count % 8)",
    tests: [memory],
  },
  {
    name: "the memory that an earlier version wrote is read in the new layout",
    file: seen,
    find: "if not packed[generation] then return",
    replace: "if false then return",
    tests: [memory],
  },
  {
    name: "a night decides how much room the day after it has",
    file: seen,
    find: "math.max(tonumber(before[1] or 0), tonumber(before[2] or 0))",
    replace: "tonumber(before[1] or 0)",
    tests: [memory],
  },
  {
    name: "dedupe memory expires after a minute",
    file: seen,
    find: "redis.call('PEXPIREAT', bucket, expires, 'NX')",
    replace: "redis.call('PEXPIRE', bucket, 60000, 'NX')",
    tests: [memory],
  },
  {
    name: "dedupe memory never expires",
    file: seen,
    find: "redis.call('PEXPIREAT', bucket, expires, 'NX')",
    replace: "",
    tests: [memory],
  },
  {
    name: "only generations of the caller's own span are searched",
    file: seen,
    find: "for _, each in ipairs(spans) do",
    replace: "for _, each in ipairs({ span }) do",
    tests: [memory],
  },
  {
    name: "a bucket is not kept longer when a process with a longer window writes to it",
    file: seen,
    find: "if mixed[generation] then redis",
    replace: "if false then redis",
    tests: [memory],
  },
  {
    name: "the time of a view decides what is forgotten",
    file: seen,
    find: "if generation and tonumber(fields[i + 1]) < now then",
    replace: "if generation and tonumber(fields[i + 1]) < now + 86400000 * 400 then",
    tests: [memory],
  },
  {
    name: "a view from the future is believed",
    file: record,
    find: "if at > now + maxAhead then at, ahead = now, 0 end",
    replace: "",
    tests: [memory],
  },
  {
    name: "keys of days before are not looked up in Redis",
    file: seen,
    find: "if key ~= '' then keys[day + 1 - i] = key end",
    replace: "if key ~= '' and i < 2 then keys[day + 1 - i] = key end",
    tests: [stores, memory],
  },
  {
    name: "the first instant after a window is still a repeat",
    file: seen,
    find: "if math.abs(seen - at) < window then",
    replace: "if math.abs(seen - at) <= window then",
    tests: [stores],
  },
  {
    name: "a view that is counted is not remembered",
    file: record,
    find: "    remember(keys, at, 1)\n",
    replace: "",
    tests: [stores],
  },
  {
    name: "a view is remembered and not counted",
    file: record,
    find: "    add(buffer, field, 1)\n    totals",
    replace: "    totals",
    tests: [syncs],
  },
  {
    name: "a restarted Redis goes on with its old ledger and buffers",
    file: life,
    find: "if ledger[1] and ledger[2] == run then",
    replace: "if ledger[1] then",
    tests: [lives],
  },
  {
    name: "a new life goes on writing to the buffers of the old one",
    file: life,
    find: "  redis.call('UNLINK', openBuffers)\n",
    replace: "",
    tests: [lives],
  },
  {
    name: "a life does not know what survived of the one before",
    file: life,
    find: "ledger[1] .. ' ' .. (ledger[3] or 0) .. ' '",
    replace: "ledger[1] .. ' 0 '",
    tests: [lives],
  },
  {
    name: "settled views stay unsynced",
    file: settle,
    find: "local rest = tonumber(waiting[i] or 0) - difference",
    replace: "local rest = tonumber(waiting[i] or 0)",
    tests: [syncs],
  },
  {
    name: "a repeated settle counts twice",
    file: settle,
    find: "  if #risen > 0 then redis.call('HSET', settled, unpack(risen)) end\n",
    replace: "",
    tests: [syncs],
  },
  {
    name: "a buffer is unlinked although views have arrived meanwhile",
    file: close,
    find: "if tonumber(redis.call('HGET', buffer, '~writes') or 0) > tonumber(ARGV[2]) then return 0 end",
    replace: "",
    tests: [syncs],
  },
  {
    name: "the buffer of the present hour is unlinked",
    file: close,
    find: "if isOpen and math.floor(redis.call('TIME')[1] / 3600) <= tonumber(hour) then return 0 end",
    replace: "",
    tests: [syncs],
  },
  {
    name: "a buffer is unlinked by the run that moved it",
    file: sync,
    find: "if (moved || (await redis.isShortOfMemory())) {",
    replace: "if (moved || true) {",
    tests: [syncs],
  },
  {
    name: "a full Redis waits for another run before it unlinks",
    file: sync,
    find: "if (moved || (await redis.isShortOfMemory())) {",
    replace: "if (moved) {",
    tests: ["integration/full-redis"],
  },
  {
    name: "a buffer counts as moved though Postgres has forgotten it",
    file: sync,
    find: "synced.writes >= buffer.writes && ",
    replace: "",
    tests: [syncs],
  },
  {
    name: "a buffer counts as moved though Redis has not heard of it",
    file: sync,
    find: " && buffer.settledWrites >= buffer.writes;",
    replace: ";",
    tests: [syncs],
  },
  {
    name: "a buffer is finished although a counter is left",
    file: sync,
    find: "    if (left > 0) return false;\n",
    replace: "",
    tests: [syncs],
  },
  {
    name: "a buffer that seemed new and is not stays where it is",
    file: marks,
    find: "if (!isDuplicateKey(error)) throw error;",
    replace: "throw error;",
    tests: [syncs],
  },
  {
    name: "the sync adds the buffer instead of the difference",
    file: markStatements,
    find: "new.views - COALESCE(old.views, 0) AS delta",
    replace: "new.views AS delta",
    tests: [syncs],
  },
  {
    name: "an older buffer takes the mark back",
    file: markStatements,
    find: `DO UPDATE SET views = EXCLUDED.views
    WHERE "ViewHour".views < EXCLUDED.views`,
    replace: "DO UPDATE SET views = EXCLUDED.views",
    tests: [syncs],
  },
  {
    name: "a row that Postgres refuses holds up the rest of its buffer",
    file: "app/stores/postgres/in-halves.ts",
    find: "if (items.length === 1 || spent) return items.map(() => error as Error);",
    replace: "return items.map(() => error as Error);",
    tests: [syncs],
  },
  {
    name: "errors of two shards cancel out",
    file: balance,
    find: "drift: sum(Object.values(parts), Math.abs),",
    replace: "drift: Math.abs(sum(Object.values(parts), (views) => views)),",
    tests: [ledger],
  },
  {
    name: "any drift becomes a loss when Redis restarts",
    file: balance,
    find: "const lost = closed ? life.lost : Math.min(Math.max(0, unaccounted), forgotten);",
    replace: "const lost = Math.max(0, unaccounted);",
    tests: [lives],
  },
  {
    name: "reconcile takes its own earlier work for another view",
    file: reconcile,
    find: "if seen and not (byPostgres and seen == at) then",
    replace: "if seen then",
    tests: [outages],
  },
  {
    name: "reconcile does not teach Redis",
    file: reconcile,
    find: "      remember(keys, at, -1)\n",
    replace: "",
    tests: [outages],
  },
  {
    name: "Postgres does not look up the keys of other days",
    file: counting,
    find: 'unnest(i."lookedUp") AS key(viewer)',
    replace: 'unnest(i."lookedUp"[1:1]) AS key(viewer)',
    tests: [stores],
  },
  {
    name: "Postgres counts near midnight without the lock",
    file: counting,
    find: "AND ($8::bool",
    replace: "AND (true OR $8::bool",
    tests: ["integration/midnight"],
  },
  {
    name: "a fallback view is counted and not added to the history",
    file: counting,
    find: "FROM counted GROUP BY 2, 3 ORDER BY 2, 3",
    replace: "FROM counted WHERE false GROUP BY 2, 3 ORDER BY 2, 3",
    tests: [ledger],
  },
  {
    name: "repeats of an outage are not kept",
    file: counting,
    find: "FROM decided ORDER BY target, viewer, at",
    replace: "FROM decided WHERE counted ORDER BY target, viewer, at",
    tests: [outages],
  },
  {
    name: "Postgres believes an earlier look at the viewer's windows",
    file: counting,
    find: "WHERE NOT w.windows && EXCLUDED.windows",
    replace: "WHERE true",
    tests: [windows],
  },
  {
    name: "a viewer's windows are lost when another one is added",
    file: counting,
    find: "SET windows = EXCLUDED.windows\n    +",
    replace: "SET windows = EXCLUDED.windows\n    + '{}'::tstzmultirange *",
    tests: [windows],
  },
  {
    name: "a retracted view keeps its window",
    file: migration,
    find: `UPDATE "StoryWindow" SET "windows" = "windows" - tstzmultirange(OLD."window")`,
    replace: `UPDATE "StoryWindow" SET "windows" = "windows"`,
    tests: [windows],
  },
  {
    name: "rows of an earlier version count whatever their viewer's windows",
    file: migration,
    find: `INSERT INTO "StoryWindow" AS w VALUES (NEW."storyId", NEW."viewer", tstzmultirange(NEW."window"))`,
    replace: `INSERT INTO "StoryWindow" AS w VALUES (NEW."storyId", NEW."viewer", '{}')`,
    tests: [windows],
  },
  {
    name: "a retracted view stays in the sums",
    file: rows,
    find: "  await moveSums(client, kind, retracted.rows, -1);\n",
    replace: "",
    tests: [outages],
  },
  {
    name: "rows are given up while Redis still remembers their time",
    file: rows,
    find: "(window.length + window.grace) / 1000",
    replace: "window.length / 1000",
    tests: [outages],
  },
  {
    name: "a failure does not open the breaker",
    file: breaker,
    find: "if (state.since === changedAt) trip(",
    replace: "if (false) trip(",
    tests: ["unit/breaker"],
  },
  {
    name: "the breaker closes before a probe has passed",
    file: breaker,
    find: "probesPassed >= probesNeeded",
    replace: "probesPassed >= 0",
    tests: ["unit/breaker"],
  },
  {
    name: "a deadline that passes while the process is busy counts at once",
    file: "app/tracker/timeout.ts",
    find: "setTimeout(() => afterReading(run), ms)",
    replace: "setTimeout(run, ms)",
    tests: ["integration/timeout"],
  },
  {
    name: "a line is set aside though the store refuses every view",
    file: offering,
    find: 'refusal.blame === "unclear" && takesOthers ?',
    replace: 'refusal.blame === "unclear" ?',
    tests: ["unit/offer-views"],
  },
  {
    name: "the journal acknowledges without asking whether the file is still its own",
    file: holdings,
    find: "return stillOurs || dropTaken();",
    replace: "return true;",
    tests: ["integration/journal-owner"],
  },
  {
    name: "the journal keeps no key of the day after",
    file: line,
    find: "    offer.key(day + 1),\n",
    replace: "    offer.key(day),\n",
    tests: ["unit/journal-line"],
  },
  {
    name: "an answer is compared with the one that came before it, not with the call before",
    file: "app/telemetry/ledger/watch-ledgers.ts",
    find: "      if (before && before.call > answer.call) return note(shard, ledger, accepted);\n",
    replace: "",
    tests: [lives],
  },
  {
    name: "the ledger shows no drift",
    file: balance,
    find: "drift: sum(Object.values(parts), Math.abs),",
    replace: "drift: 0,",
    tests: [ledger],
  },
  {
    name: "journal lines that are gone are not missed",
    file: balance,
    find: "parts.journal = journal.missing;",
    replace: "parts.journal = 0;",
    tests: [ledger],
  },
  {
    name: "a replay goes on with lines that it has read",
    file: "scripts/replay/run.ts",
    find: "if (digest.count() <= known) {",
    replace: "if (false) {",
    tests: ["unit/replay-checkpoint"],
  },
  {
    name: "a replay counts the start of a line that it did not keep",
    file: "scripts/replay/take-line.ts",
    find: "parsed === null || !line.whole",
    replace: "parsed === null",
    tests: ["unit/replay-run"],
  },
  {
    name: "a log's unfinished last line makes the whole log new",
    file: "scripts/replay/read-lines.ts",
    find: "ended = line.ended ? [] : now();",
    replace: "ended = [];",
    tests: ["unit/replay-checkpoint"],
  },
  {
    name: "a replay takes the load balancer for the reader",
    file: "scripts/replay/reader-address.ts",
    find: "hops < chain.length - 1 && isPrivate(",
    replace: "hops < chain.length - 1 && !isPrivate(",
    tests: ["unit/replay-reader-address"],
  },
  {
    name: "a log is taken for a format that few of its lines fit",
    file: "scripts/replay/formats/recognise.ts",
    find: "fitting * 2 >= tried",
    replace: "fitting * 9 >= tried",
    tests: ["unit/replay-formats"],
  },
  {
    name: "a logged field ends at its first quote",
    file: "scripts/replay/formats/text-format.ts",
    find: "follows(line, end + next.literal.length, after, extra)",
    replace: "true",
    tests: ["unit/replay-formats"],
  },
  {
    name: "Redis takes a reader who signs in for another one",
    file: record,
    find: " or knownBefore(nextArgument, day, at)",
    replace: "",
    tests: [stores],
  },
  {
    name: "a reader who has just signed in is taken for a later one behind the same address",
    file: seen,
    find: "return seen ~= nil and seen <= at",
    replace: "return seen ~= nil",
    tests: [stores],
  },
  {
    name: "Postgres takes a reader who signs in for another one",
    file: counting,
    find: "AND known.windows @> i.at)",
    replace: "AND false)",
    tests: [stores],
  },
  {
    name: "a reader who signed in during an outage is not recognised after it",
    file: reconcile,
    find: "elseif not seen and isKnownFrom(ARGV, i + 4 + days, day, at) then",
    replace: "elseif false then",
    tests: [outages],
  },
  {
    name: "a journalled view forgets who its reader was before signing in",
    file: line,
    find: "if (former.length > 0) line.former = former;",
    replace: "",
    tests: ["unit/journal-line"],
  },
  {
    name: "the limit of an address lets everything through",
    file: "app/ingest/address-limit.ts",
    find: "if (until - at > burstMs) return false;",
    replace: "",
    tests: ["unit/address-limit"],
  },
];
