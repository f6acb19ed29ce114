/**
 * Which room may import which. ARCHITECTURE.md draws it, and `npm run rooms` checks it, type-only imports included: a type
 * from above would tie a room to the rooms that build on it just as well.
 *
 * Rooms are listed from the bottom up. Each may import only rooms listed before it, so that no arrow points back up. The
 * exception is `prisma/client`, which is generated.
 */
const ROOMS = [
  { room: "app/tracker", may: [] },
  { room: "app/shared", may: ["app/tracker"], typesOnly: ["app/tracker"] },
  { room: "app/platform", may: ["app/tracker", "app/shared", "prisma/client"] },
  { room: "app/stores", may: ["app/tracker", "app/platform"] },
  { room: "app/auth", may: ["app/tracker", "app/shared", "app/platform", "app/stores", "prisma/client"] },
  {
    room: "app/telemetry",
    may: ["app/tracker", "app/shared", "app/platform", "app/stores", "prisma/client"],
  },
  {
    room: "app/alerts",
    may: ["app/tracker", "app/shared", "app/platform", "app/telemetry", "prisma/client"],
  },
  { room: "app/ingest", may: ["app/tracker", "app/shared", "app/platform", "app/stores", "app/auth"] },
  {
    room: "app/runtime",
    may: [
      "app/tracker",
      "app/shared",
      "app/platform",
      "app/stores",
      "app/auth",
      "app/telemetry",
      "app/alerts",
      "app/ingest",
      "prisma/client",
    ],
  },
  // The server side of an operators' page: opening it (permission, panels) and answering its forms (permission, reason, schema,
  // action). It is above `auth`, which it uses, and below the pages, each of which defines its own actions.
  { room: "app/console", may: ["app/shared", "app/platform", "app/auth"] },
  { room: "app/ui", may: ["app/tracker", "app/shared"], typesOnly: ["app/tracker"] },
  {
    room: "app/pages",
    may: [
      "app/tracker",
      "app/shared",
      "app/platform",
      "app/stores",
      "app/auth",
      "app/telemetry",
      "app/alerts",
      "app/console",
      "app/ui",
      "prisma/client",
    ],
  },
  {
    room: "app/routes",
    may: [
      "app/tracker",
      "app/shared",
      "app/platform",
      "app/auth",
      "app/alerts",
      "app/telemetry",
      "app/ingest",
      "app/console",
      "app/ui",
      "app/pages",
    ],
  },
  // The stream to open overviews reads what the overview's loader reads, and is no Remix route.
  {
    room: "server",
    may: ["app/(?!routes|pages|ui|console)", "app/pages/overview/live/live-overview", "prisma/client"],
  },
  { room: "worker", may: ["app/(?!routes|pages|ui|console|ingest)", "prisma/client"] },
  { room: "prisma", may: ["app/(alerts|auth|platform|shared|telemetry|tracker)"] },
  { room: "scripts", may: ["app/(?!routes|pages|ui|console)", "prisma", "tests/faults"] },
];

/** The folders that hold our code. The rules say nothing about imports of packages. */
const OURS = "^(app|server|worker|prisma|scripts|tests)/";

const mayImport = ({ room, may }) => ({
  name: `${room.replace(/^app\//, "")}-imports`,
  severity: "error",
  comment: may.length ? `${room} may import only: ${may.join(", ")}.` : `${room} imports nothing of ours.`,
  from: { path: `^${room}/` },
  to: { path: OURS, pathNot: [`^${room}/`, ...may.map((allowed) => `^${allowed}`)] },
});

const typesOnly = ({ room, typesOnly: from = [] }) => ({
  name: `${room.replace(/^app\//, "")}-types-only`,
  severity: "error",
  comment: `${room} runs in the browser: of ${from.join(", ")} it may import types only.`,
  from: { path: `^${room}/` },
  to: { path: from.map((allowed) => `^${allowed}/`), dependencyTypesNot: ["type-only"] },
});

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      comment: "Files that import each other, types aside, cannot be read or loaded one at a time.",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    ...ROOMS.map(mayImport),
    ...ROOMS.filter((room) => room.typesOnly).map(typesOnly),
    {
      name: "no-page-imports-a-page",
      severity: "error",
      comment: "What two pages share belongs in app/ui, app/shared or the room that owns the fact.",
      from: { path: "^app/pages/([^/]+)/" },
      to: { path: "^app/pages/", pathNot: "^app/pages/$1/" },
    },
    {
      name: "only-processes-import-the-runtime",
      severity: "error",
      comment:
        "The two processes create the runtime and hand it down; everything else names the parts that it needs.",
      from: { pathNot: "^(app/runtime|server|worker|scripts|tests)/" },
      to: { path: "^app/runtime/" },
    },
    {
      name: "no-imports-of-routes",
      severity: "error",
      comment: "Only Remix loads routes, and tests of their loaders.",
      from: { pathNot: "^(app/routes|tests)/" },
      to: { path: "^app/routes/" },
    },
    {
      name: "one-place-connects-to-redis",
      severity: "error",
      comment:
        "Every connection follows the rules of app/platform/redis.ts: deadlines, failover, error handlers.",
      from: { path: "^(app|server|worker)/", pathNot: "^app/platform/redis\\.ts$" },
      to: { path: "node_modules/ioredis", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "no-orphans",
      severity: "error",
      comment: "A file that nothing imports is unused, unless a tool loads it by name.",
      from: {
        orphan: true,
        pathNot: ["\\.d\\.ts$", "\\.config\\.", "^app/(routes|entry|root)", "^(tests|scripts|prisma)/"],
      },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(build|prisma/client/internal)" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
  },
};
