import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type RecordingCollector, startRecordingCollector } from "../server/demo/recording-collector.ts";
import { environmentFor, startCloudFormationDouble } from "./support/cloudformation-double.ts";
import { missingLine, type PageStep, stepsOf } from "./support/page-steps.ts";
import { type ServerProcess, startServerProcess } from "./support/server-process.ts";
import { type StillWorld, startStillWorld } from "./support/still-world.ts";
import { until } from "./support/until.ts";
import { temporaryFolder } from "./support/world.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const steps = stepsOf(await readFile(join(ROOT, "docs/guide.md"), "utf8"));

/** What runs `npm start`, and what stands in for a deployed stack. */
let server: ServerProcess;
let deployed: StillWorld;
let cloudFormation: Awaited<ReturnType<typeof startCloudFormationDouble>>;
let collector: RecordingCollector;
let data: Awaited<ReturnType<typeof temporaryFolder>>;
/** Where the reader works. */
let work: Awaited<ReturnType<typeof temporaryFolder>>;
const aside: { child: ChildProcess; step: PageStep; printed: () => string }[] = [];

beforeAll(async () => {
  [data, work] = await Promise.all([temporaryFolder(), temporaryFolder()]);
  collector = await startRecordingCollector(`whsec_${Buffer.alloc(24).toString("base64")}`);
  server = await startServerProcess(data.path);
  deployed = await startStillWorld({ FLASHPOINT_STACK: "flashpoint" });
  cloudFormation = await startCloudFormationDouble();
  cloudFormation.put("flashpoint", {
    status: "CREATE_COMPLETE",
    outputs: {
      AgentUrl: `${deployed.httpUrl}/`,
      ResourcePrefix: "flashpoint",
      ProfileBucket: deployed.config.profileBucket,
    },
  });
  await writeNpx();
}, 60_000);

afterAll(async () => {
  for (const { child } of aside) {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
  }
  await cloudFormation.close();
  await deployed.stop();
  await server.kill("SIGKILL");
  await collector.close();
  await Promise.all([data.remove(), work.remove()]);
});

/** `npx flashpoint` from this checkout, whichever folder the reader is in; with --stack, AWS is the doubles. */
async function writeNpx(): Promise<void> {
  const port = (address: string): string => address.slice(address.lastIndexOf(":") + 1);
  const local = {
    FLASHPOINT_HTTP_PORT: port(server.http),
    FLASHPOINT_GRPC_PORT: port(server.grpc),
    FLASHPOINT_DYNAMODB_PORT: port(server.dynamodb),
    FLASHPOINT_SQS_PORT: port(server.sqs),
  };
  const { dynamodbEndpoint, sqsEndpoint, s3Endpoint = sqsEndpoint } = deployed.engines.aws;
  const inAws = {
    ...environmentFor(cloudFormation, work.path),
    AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint,
    AWS_ENDPOINT_URL_SQS: sqsEndpoint,
    AWS_ENDPOINT_URL_S3: s3Endpoint,
  };
  const exported = (env: object): string =>
    Object.entries(env)
      .map(([name, value]) => `export ${name}='${value}'`)
      .join("\n");
  const script = `#!/bin/bash
[ "$1" = flashpoint ] || { echo "this runs npx flashpoint alone" >&2; exit 99; }
shift
case " $* " in *" --stack "*)
${exported(inAws)};; *)
${exported(local)};; esac
exec '${process.execPath}' '${ROOT}cli/main.ts' "$@"
`;
  await mkdir(join(work.path, ".bin"));
  await writeFile(join(work.path, ".bin/npx"), script, { mode: 0o755 });
}

/** The page names default ports; here they are others. */
function start(script: string): { child: ChildProcess; printed: () => string } {
  const here = script.replaceAll("127.0.0.1:12800", server.http).replaceAll("http://127.0.0.1:9000/", collector.url);
  const child = spawn("bash", ["-euo", "pipefail", "-c", here], {
    cwd: work.path,
    env: { PATH: `${join(work.path, ".bin")}:${process.env.PATH}`, HOME: work.path },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // a group of its own, which a signal reaches as a whole
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
  return { child, printed: () => text };
}

async function follow(step: PageStep): Promise<void> {
  if (step.kind === "write") {
    const file = join(work.path, step.path);
    await mkdir(dirname(file), { recursive: true });
    return writeFile(file, step.text);
  }
  if (step.how === "server") return; // it runs already
  const { child, printed } = start(step.script);
  if (step.how === "aside") return void aside.push({ child, step, printed });
  await once(child, "close");
  const where = `docs/guide.md:${step.line} printed:\n${printed()}`;
  expect(child.exitCode, where).toBe(step.exitCode);
  if (step.prints !== undefined) expect(missingLine(step.prints, printed()), where).toBeUndefined();
}

it("does what the guide says, from nothing to a policy in production, and sees what it shows", {
  timeout: 240_000,
}, async () => {
  expect(steps.length).toBeGreaterThan(20);
  for (const step of steps) await follow(step);
  for (const { child, step, printed } of aside) {
    if (step.kind !== "run") continue;
    const shown = step.prints ?? "";
    const isShown = () => missingLine(shown, printed()) === undefined || undefined;
    const what = `${step.script}prints what the guide shows`;
    await until(what, isShown).catch((cause) => {
      throw new Error(`it printed ${printed()}`, { cause });
    });
    const ended = once(child, "close");
    if (child.pid !== undefined) process.kill(-child.pid, "SIGINT");
    await ended;
    expect(child.exitCode).toBe(0);
  }
});
