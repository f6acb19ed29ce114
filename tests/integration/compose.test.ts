import { existsSync, readFileSync } from "node:fs";
import { CORE_SCHEMA, load, mergeTag } from "js-yaml";
import { describe, expect, it } from "vitest";
import { readEnv } from "../../app/platform/env";
import { programs } from "../../scripts/programs.mjs";

type Service = {
  image?: string;
  build?: string;
  command?: string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  volumes?: string[];
  ports?: string[];
};

const text = readFileSync("docker-compose.yml", "utf8");
const compose = load(text, { schema: CORE_SCHEMA.withTags(mergeTag) }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const documented = readFileSync(".env.example", "utf8");
const ours = ["web", "worker", "migrate"];

/** Substitutes `${NAME}`, `${NAME:-default}` and `${NAME:?why}`, as docker does. */
const filledIn = (value: string, given: Record<string, string>) =>
  value.replace(
    /\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (_all, name, kind, rest) => given[name] ?? (kind === "-" ? rest : ""),
  );

function service(name: string): Service {
  const found = compose.services[name];
  if (!found) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}

describe("docker-compose.yml", () => {
  it("has the services that npm start runs, and the migrations", () => {
    expect(Object.keys(compose.services).sort()).toEqual(["migrate", "postgres", "redis", "web", "worker"]);
    expect(service("postgres").image).toMatch(/^postgres:18\b/);
  });

  it("runs Redis so that it keeps what it acknowledged and never evicts", () => {
    const command = service("redis").command ?? [];
    const setting = (name: string) => command[command.indexOf(name) + 1];
    expect(setting("--appendonly")).toBe("yes");
    expect(setting("--maxmemory-policy")).toBe("noeviction");
    expect(service("redis").volumes).toContain("redis:/data");
  });

  it.each(["postgres", "redis", "web", "worker"])("checks the health of %s", (name) => {
    expect(service(name).healthcheck?.test.length).toBeGreaterThan(1);
  });

  it("starts web and worker only on a migrated database, and without waiting for Redis", () => {
    for (const name of ["web", "worker"]) {
      expect(service(name).depends_on?.migrate?.condition).toBe("service_completed_successfully");
      expect(service(name).depends_on).not.toHaveProperty("redis");
    }
    expect(service("migrate").depends_on?.postgres?.condition).toBe("service_healthy");
  });

  it("depends only on services that exist, and mounts only volumes that exist", () => {
    for (const { depends_on = {}, volumes = [] } of Object.values(compose.services)) {
      for (const name of Object.keys(depends_on)) expect(compose.services).toHaveProperty(name);
      for (const volume of volumes) expect(compose.volumes).toHaveProperty(volume.split(":")[0] ?? "");
    }
  });

  it.each(ours)("runs the compiled program %s, built by this repository's Dockerfile", (name) => {
    const { command, build } = service(name);
    expect(build).toBe(".");
    expect(existsSync("Dockerfile")).toBe(true);
    expect(command).toEqual(["node", `build/programs/${name}.js`]);
    expect(programs).toHaveProperty(name);
  });

  it.each(ours)("gives %s an environment that the site accepts", (name) => {
    const given = { SESSION_SECRET: "a secret of the tests", POSTGRES_PASSWORD: "password" };
    const environment = Object.fromEntries(
      Object.entries(service(name).environment ?? {}).map(([key, value]) => [key, filledIn(value, given)]),
    );
    const env = readEnv(environment as NodeJS.ProcessEnv);
    expect(env).toMatchObject({ NODE_ENV: "production", VIEW_TRACKING_REDIS_ENABLED: true });
    for (const key of Object.keys(environment)) expect(documented, key).toContain(`\n# ${key}=`);
  });

  it("contains no secrets: they come from the environment, and it refuses to start without them", () => {
    for (const name of ["SESSION_SECRET", "POSTGRES_PASSWORD"]) expect(text).toContain(`\${${name}:?`);
    expect(service("postgres").environment?.POSTGRES_PASSWORD).toMatch(/^\$\{POSTGRES_PASSWORD:\?/);
  });

  it("opens no port to the network", () => {
    for (const { ports = [] } of Object.values(compose.services))
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it("checks the worker's heartbeat with a compiled program", () => {
    expect(service("worker").healthcheck?.test).toEqual([
      "CMD",
      "node",
      "build/programs/worker-heartbeat.js",
    ]);
    expect(programs).toHaveProperty("worker-heartbeat");
  });
});
