import type { ServerBuild } from "@remix-run/node";
import type { InFlight } from "../app/platform/in-flight";

/**
 * The pages with each loader and action noted as in flight until it ends. Remix ends the request of a reader who leaves, but not what
 * runs for it: a process that stops must not close its stores under that.
 */
export function holdWhileLoading(build: ServerBuild, inFlight: InFlight): ServerBuild {
  const held = <Args>(run?: (args: Args) => unknown) =>
    run && ((args: Args) => inFlight.track(Promise.resolve(run(args))));
  const routes = Object.entries(build.routes).map(([id, route]) => {
    if (!route) return [id, route];
    const { loader, action } = route.module;
    return [id, { ...route, module: { ...route.module, loader: held(loader), action: held(action) } }];
  });
  return { ...build, routes: Object.fromEntries(routes) };
}
