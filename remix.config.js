/**
 * The Remix options. They stand here rather than in vite.config.ts because this is where people look for them; Vite
 * imports this file (docs/decisions/0004-vite-with-remix-config.md).
 * @type {import("@remix-run/dev").VitePluginConfig}
 */
export default {
  appDirectory: "app",
  ignoredRouteFiles: ["**/*.css", "**/*.test.*"],
  future: {
    v3_fetcherPersist: true,
    v3_relativeSplatPath: true,
    v3_throwAbortReason: true,
    v3_lazyRouteDiscovery: true,
  },
};
