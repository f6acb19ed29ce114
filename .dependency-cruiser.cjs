/** The arrows between the rooms (CONTRIBUTING.md has the map). `npm run rooms` checks them. */
const only = (name, from, allowed, comment, more = {}) => ({
  name,
  comment,
  severity: "error",
  from: { path: from },
  to: { path: "^(app|worker|scripts|prisma)/", pathNot: [from, ...allowed], ...more },
});

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    only(
      "tracker-is-pure",
      "^app/tracker/",
      [],
      "The domain knows nothing of the app, of HTTP or of a store.",
    ),
    only(
      "stores-know-the-tracker",
      "^app/stores/",
      ["^app/tracker/"],
      "Stores are the real parts of the tracker's ports.",
    ),
    only(
      "observe-reads",
      "^app/observe/",
      ["^app/tracker/", "^app/platform/", "^prisma/client/"],
      "Dashboards read; they never count.",
    ),
    only(
      "operators-act",
      "^app/operate/",
      ["^app/tracker/", "^app/observe/", "^app/platform/", "^prisma/client/"],
      "What operators change, with reason and audit; of the runtime it knows the types.",
      { dependencyTypesNot: ["type-only"] },
    ),
    only(
      "alerts-watch",
      "^app/alerts/",
      ["^app/tracker/", "^app/observe/", "^app/platform/", "^prisma/client/"],
      "Rules, notifications and drills read what the others wrote; the runtime starts them.",
    ),
    only(
      "platform-is-the-floor",
      "^app/platform/",
      ["^prisma/client/"],
      "Platform modules serve everybody and know nobody.",
    ),
    only(
      "components-show",
      "^app/components/",
      ["^app/tracker/", "^app/observe/"],
      "Components get data as props; of other rooms they know the types.",
      { dependencyTypesNot: ["type-only"] },
    ),
    {
      name: "routes-through-the-runtime",
      comment: "Routes reach stores through context.runtime, never by import.",
      severity: "error",
      from: { path: "^app/routes/" },
      to: { path: "^(app/stores/|worker/|scripts/)" },
    },
    {
      name: "nobody-imports-routes",
      severity: "error",
      from: { pathNot: "^app/routes/" },
      to: { path: "^app/routes/" },
    },
    {
      name: "app-knows-no-worker",
      severity: "error",
      from: { path: "^app/" },
      to: { path: "^(worker|scripts|tests)/" },
    },
    {
      name: "worker-stands-on-the-runtime",
      severity: "error",
      from: { path: "^worker/" },
      to: { path: "^(app/(routes|components)|scripts|tests)/" },
    },
    {
      name: "no-orphans",
      severity: "error",
      from: {
        orphan: true,
        pathNot: [
          "\\.d\\.ts$",
          "\\.config\\.",
          "^app/(routes|entry|root)",
          "^tests/",
          "^scripts/",
          "^prisma/",
        ],
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
