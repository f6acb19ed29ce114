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
  networks?: string[];
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  mem_limit?: string;
};

const text = readFileSync("docker-compose.yml", "utf8");
const compose = load(text, { schema: CORE_SCHEMA.withTags(mergeTag) }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  networks: Record<string, { internal?: boolean } | null>;
};
const documented = readFileSync(".env.example", "utf8");
const ours = ["web", "worker", "migrate"];
const SECRETS = {
  SESSION_SECRET: "a secret of the tests",
  POSTGRES_PASSWORD: "password",
  POSTGRES_APP_PASSWORD: "another",
  REDIS_PASSWORD: "third",
  PUBLIC_URL: "https://stories.example",
};

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
    expect(service("postgres").image).toMatch(/^postgres:18\.\d+$/);
    expect(service("redis").image).toMatch(/^redis:\d+\.\d+\.\d+$/);
    for (const [, image] of readFileSync("Dockerfile", "utf8").matchAll(/^FROM (\S+)/gm))
      expect(image, "no tag that moves").toMatch(/^node:\d+\.\d+\.\d+-slim$/);
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
    const given = SECRETS;
    const environment = Object.fromEntries(
      Object.entries(service(name).environment ?? {}).map(([key, value]) => [key, filledIn(value, given)]),
    );
    const env = readEnv(environment as NodeJS.ProcessEnv);
    expect(env).toMatchObject({ NODE_ENV: "production", VIEW_TRACKING_REDIS_ENABLED: true });
    for (const key of Object.keys(environment)) expect(documented, key).toContain(`\n# ${key}=`);
  });

  it("contains no secrets: they come from the environment, and it refuses to start without them", () => {
    for (const name of Object.keys(SECRETS)) {
      expect(text).toContain(`\${${name}:?`);
      expect(text, "never with a default").not.toContain(`\${${name}:-`);
    }
    expect(service("postgres").environment?.POSTGRES_PASSWORD).toMatch(/^\$\{POSTGRES_PASSWORD:\?/);
  });

  it.each(["web", "worker"])(
    "hands every setting of .env.example on to %s, with the same default",
    (name) => {
      const { environment = {} } = service(name);
      for (const [, setting = "", standard] of documented.matchAll(/^# ([A-Z][A-Z_]*)=(.*)$/gm)) {
        if (setting === "MIGRATION_DATABASE_URL") continue;
        expect(environment, setting).toHaveProperty(setting);
        const value = environment[setting] ?? "";
        if (value.includes(`\${${setting}:-`) && setting !== "VIEW_TRACKING_REDIS_ENABLED")
          expect(value).toBe(`\${${setting}:-${standard}}`);
      }
      const chosen = filledIn(environment.HONOUR_PRIVACY_SIGNALS ?? "", { HONOUR_PRIVACY_SIGNALS: "true" });
      expect(chosen, "what an operator sets in .env").toBe("true");
    },
  );

  it("gives the owner of the tables to migrate only, and the site a role of its own", () => {
    const urlOf = (name: string, setting: string) =>
      new URL(filledIn(service(name).environment?.[setting] ?? "", SECRETS));
    expect(urlOf("migrate", "MIGRATION_DATABASE_URL").username).toBe(
      service("postgres").environment?.POSTGRES_USER,
    );
    for (const name of ours) expect(urlOf(name, "DATABASE_URL").username).toBe("tidemark_app");
    for (const name of ["web", "worker"])
      expect(JSON.stringify(service(name).environment)).not.toContain("POSTGRES_PASSWORD");
  });

  it("asks Redis for a password, and limits what it stores to less than what it may use", () => {
    const command = service("redis").command ?? [];
    const setting = (name: string) => filledIn(command[command.indexOf(name) + 1] ?? "", SECRETS);
    expect(setting("--requirepass")).toBe(SECRETS.REDIS_PASSWORD);
    expect(setting("--maxmemory")).toBe("512mb");
    expect(filledIn(service("redis").mem_limit ?? "", {})).toBe("1g");
    expect(new URL(filledIn(service("web").environment?.REDIS_URL ?? "", SECRETS)).password).toBe(
      SECRETS.REDIS_PASSWORD,
    );
  });

  it.each(Object.keys(compose.services))("confines %s", (name) => {
    const { read_only, cap_drop, security_opt, mem_limit } = service(name);
    expect({ read_only, cap_drop, security_opt }).toEqual({
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
    });
    expect(mem_limit).toMatch(/:-\d+g\}$/);
    // Ours run as the image's own user.
    if (!ours.includes(name)) expect(service(name).user).toBe(name);
  });

  it("keeps Postgres and Redis in networks of their own, which reach nothing outside", () => {
    expect(service("postgres").networks).toEqual(["database"]);
    expect(service("redis").networks).toEqual(["counting"]);
    expect(service("migrate").networks).toEqual(["database"]);
    for (const name of ["database", "counting"]) expect(compose.networks[name]?.internal).toBe(true);
    for (const { networks = [] } of Object.values(compose.services))
      for (const name of networks) expect(compose.networks).toHaveProperty(name);
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
