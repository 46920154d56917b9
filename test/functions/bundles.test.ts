import { build } from "esbuild";
import { expect, it } from "vitest";

const ROOT = new URL("../..", import.meta.url).pathname;

it.each(["agent-api", "task-dispatcher", "task-forwarder"])(
  "%s bundles without the servers and engines",
  async (name) => {
    const { metafile } = await build({
      entryPoints: [`functions/${name}/handler.ts`],
      absWorkingDir: ROOT,
      bundle: true,
      write: false,
      minify: true,
      metafile: true,
      platform: "node",
      target: "node24",
      format: "cjs",
      mainFields: ["module", "main"],
      logLevel: "silent",
    });
    const inputs = Object.keys(metafile.inputs);
    expect(inputs).toContain(`functions/${name}/handler.ts`);
    const unwanted = /node_modules\/(fastify|@grpc|dynalite|fauxqs|prom-client|commander|yaml)\/|^(server|cli)\//;
    expect(inputs.filter((input) => unwanted.test(input))).toEqual([]);
  },
);
