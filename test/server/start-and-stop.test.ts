import { mkdir, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGrpcCaller } from "../../server/demo/grpc-caller.ts";
import { startRecordingCollector } from "../../server/demo/recording-collector.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { SECRET } from "../support/collectors.ts";
import { goodReport, taskIdIn } from "../support/policies.ts";
import { runProgram, type ServerProcess, startServerProcess } from "../support/server-process.ts";
import { temporaryFolder } from "../support/world.ts";

const CERT = fileURLToPath(new URL("../support/tls/cert.pem", import.meta.url));
const KEY = fileURLToPath(new URL("../support/tls/key.pem", import.meta.url));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const started: ServerProcess[] = [];

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  for (const server of started.splice(0)) await server.kill("SIGKILL");
  await folder.remove();
});

const PORTS = ["grpc", "http", "dynamodb", "sqs"] as const;

/** Runs the local server with arguments that should keep it from starting. */
function failToStart(args: Record<string, string>, env: Record<string, string> = {}) {
  const flags = { ...Object.fromEntries(PORTS.map((port) => [`${port}-port`, "0"])), "data-dir": folder.path, ...args };
  return runProgram(
    ["server/main.ts", "local", ...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value])],
    { env },
  );
}

async function holdPort(): Promise<{ port: number; release: () => void }> {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
  const address = holder.address();
  return { port: typeof address === "object" && address !== null ? address.port : 0, release: () => holder.close() };
}

describe("starting", () => {
  it.each(PORTS)("says in one line that the %s port is taken, and ends with 1", async (name) => {
    const held = await holdPort();
    const { code, stderr } = await failToStart({ [`${name}-port`]: String(held.port) });
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).toContain(`port 127.0.0.1:${held.port} is taken`);
    expect(stderr).toContain(`--${name}-port`);
    expect(code).toBe(1);
    held.release();
  });

  it("says in one line that the data folder cannot be written, and ends with 1", async () => {
    const file = join(folder.path, "a-file");
    await writeFile(file, "");
    const { code, stderr } = await failToStart({ "data-dir": join(file, "below") });
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).toContain("cannot be written");
    expect(stderr).toContain("--data-dir");
    expect(code).toBe(1);
  });

  it("says in one line that another server has the data folder, and ends with 1", async () => {
    started.push(await startServerProcess(folder.path));
    const { code, stderr } = await failToStart({});
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).toContain("in use by another Flashpoint");
    expect(code).toBe(1);
  });

  it("says what is wrong with a flag, and ends with 1", async () => {
    const { code, stderr } = await failToStart({ "grpc-prot": "1" });
    expect(stderr).toContain("'--grpc-prot'");
    expect(stderr).toContain("--help");
    expect(code).toBe(1);
  });

  it("names every faulty setting at once", async () => {
    const { code, stderr } = await failToStart(
      { "http-port": "99999" },
      { FLASHPOINT_STACK: "1st", FLASHPOINT_POLICY_CACHE_MS: "soon" },
    );
    for (const name of ["FLASHPOINT_HTTP_PORT", "FLASHPOINT_STACK", "FLASHPOINT_POLICY_CACHE_MS"])
      expect(stderr).toContain(name);
    expect(code).toBe(1);
  });

  it("says which certificate file it cannot read", async () => {
    const { code, stderr } = await failToStart({ "tls-cert": "/nowhere/cert.pem", "tls-key": "/nowhere/key.pem" });
    expect(stderr).toContain("/nowhere/cert.pem");
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(code).toBe(1);
  });

  it.each(["dynamodb", "fauxqs.db"])(
    "says in one line that the data folder's %s is junk, and ends with 1",
    async (name) => {
      await writeFile(join(folder.path, name), "garbage\n".repeat(1_000));
      const { code, stderr } = await failToStart({});
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
      expect(stderr).toContain(folder.path);
      expect(stderr).toContain("--data-dir");
      expect(code).toBe(1);
    },
  );

  it.each(["tls-cert", "tls-key"])(
    "says in one line that the file of --%s is no PEM, and ends with 1",
    async (flag) => {
      const garbage = join(folder.path, "garbage.pem");
      await writeFile(garbage, "garbage\n");
      const { code, stderr } = await failToStart({ "tls-cert": CERT, "tls-key": KEY, [flag]: garbage });
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
      expect(stderr).toContain("--tls-cert and --tls-key");
      expect(code).toBe(1);
    },
  );

  it("lists every flag with --help", async () => {
    const { code, stdout } = await runProgram(["server/main.ts", "--help"]);
    for (const flag of [
      "--grpc-port",
      "--http-port",
      "--dynamodb-port",
      "--sqs-port",
      "--data-dir",
      "--host",
      "--tls-cert",
    ]) {
      expect(stdout).toContain(flag);
    }
    expect(code).toBe(0);
  });

  it("keeps every port to this machine unless told otherwise", async () => {
    const server = await startServerProcess(folder.path);
    started.push(server);
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === "IPv4")
      .map(({ address }) => address);
    for (const host of [...outside, "127.0.0.2"]) {
      for (const name of PORTS) {
        const port = Number(server[name].split(":").at(-1));
        expect(await isOpen(host, port), `${name} on ${host}:${port}`).toBe(false);
      }
    }
  });
});

describe("stopping", () => {
  it("ends with 0 on SIGTERM while agents are connected, and keeps what it had", async () => {
    const first = await startServerProcess(folder.path);
    started.push(first);
    const caller = createGrpcCaller(first.grpc);
    await caller.call(ContinuousProfilingService.method.queryPolicies, { policies: [{ serviceName: "checkout" }] });
    expect((await first.kill("SIGTERM")).code).toBe(0);
    caller.close();
    const second = await startServerProcess(folder.path);
    started.push(second);
    expect((await second.kill("SIGINT")).code).toBe(0);
  });
});

describe("stopping while a collector hangs", () => {
  it("still ends with 0, and keeps the delivery", async () => {
    let isAsked = (): void => {};
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    const hanging = await startRecordingCollector(SECRET, () => {
      isAsked();
      return new Promise(() => {}); // never answers
    });
    const server = await startServerProcess(folder.path);
    started.push(server);
    const env = {
      AWS_ENDPOINT_URL_DYNAMODB: `http://${server.dynamodb}`,
      AWS_ENDPOINT_URL_SQS: `http://${server.sqs}`,
    };
    const set = ["cli/main.ts", "--local", "collectors", "set", "hanging", "--url", hanging.url, "--secret", SECRET];
    expect(await runProgram(set, { env })).toMatchObject({ code: 0 });
    const caller = createGrpcCaller(server.grpc);
    const taskId = taskIdIn(await caller.call(ContinuousProfilingService.method.reportProfilingTask, goodReport()));
    caller.close();
    await asked;

    expect((await server.kill("SIGTERM")).code).toBe(0);
    const again = await startServerProcess(folder.path);
    started.push(again);
    const shown = await runProgram(["cli/main.ts", "--local", "tasks", "show", taskId, "--json"], {
      env: { AWS_ENDPOINT_URL_DYNAMODB: `http://${again.dynamodb}`, AWS_ENDPOINT_URL_SQS: `http://${again.sqs}` },
    });
    expect(JSON.parse(shown.stdout).deliveries.hanging.status).not.toBe("delivered");
    await hanging.close();
  });
});

describe("the edge, without engines of its own", () => {
  it("uses the engines that the AWS environment names", async () => {
    const engines = await startServerProcess(folder.path);
    started.push(engines);
    const env = {
      AWS_ENDPOINT_URL_DYNAMODB: `http://${engines.dynamodb}`,
      AWS_ENDPOINT_URL_SQS: `http://${engines.sqs}`,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
    };
    await mkdir(join(folder.path, "edge"));
    const edge = await startServerProcess(join(folder.path, "edge"), { mode: "serve", env });
    started.push(edge);
    expect((await fetch(`http://${edge.http}/readyz`)).status).toBe(200);
    const caller = createGrpcCaller(edge.grpc);
    const answer = await caller.call(ContinuousProfilingService.method.queryPolicies, {
      policies: [{ serviceName: "checkout" }],
    });
    expect(answer.commands).toEqual([]);
    taskIdIn(await caller.call(ContinuousProfilingService.method.reportProfilingTask, goodReport()));
    caller.close();
    expect((await edge.kill("SIGTERM")).code).toBe(0);
  });
});

function isOpen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const end = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}
