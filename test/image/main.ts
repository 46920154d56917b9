import { randomUUID } from "node:crypto";
import { createServer } from "node:net";
import { createGrpcCaller } from "../../server/demo/grpc-caller.ts";
import { reachableAt } from "../../server/listening.ts";
import { errorText } from "../../shared/errors.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { readEmfLine, sumsOf } from "../support/emf.ts";
import { goodReport, taskIdIn } from "../support/policies.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";
import { docker } from "./docker.ts";

// Builds the gRPC edge's image for this machine's processor and runs it as the edge does: not as root, without
// capabilities, with a file system that it cannot write to. It takes Docker on Linux, since the container shares this
// machine's network to reach the embedded engines, and the network to Docker Hub and npm. `npm test` goes without.

const IMAGE = "flashpoint-edge:test";
const HARDENED = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--memory", "1g"];
const { queryPolicies, reportProfilingTask } = ContinuousProfilingService.method;

try {
  await docker("version");
} catch (error) {
  process.stderr.write(`flashpoint: Docker does not answer, so nothing is tested: ${errorText(error)}\n`);
  process.exit(1);
}
const name = `flashpoint-edge-${randomUUID()}`;
let world: World | undefined;
try {
  await docker("build", "--network", "host", "--file", "infra/edge/Dockerfile", "--tag", IMAGE, ".");
  holds("the image is built", true);
  world = await startWorld();
  await tryImage(world);
} catch (error) {
  process.stderr.write(`flashpoint: ${errorText(error)}\n`);
  process.exitCode = 1;
} finally {
  await docker("rm", "--force", name).catch(() => {}); // it may never have begun
  await world?.stop();
}

async function tryImage({ server, services }: World): Promise<void> {
  const [grpc, http] = [await freePort(), await freePort()];
  const { dynamodb, sqs } = server.engines;
  const environment = {
    FLASHPOINT_GRPC_PORT: String(grpc),
    FLASHPOINT_HTTP_PORT: String(http),
    FLASHPOINT_EMF: "true",
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: `http://${reachableAt(dynamodb)}`,
    AWS_ENDPOINT_URL_SQS: `http://${reachableAt(sqs)}`,
    AWS_ENDPOINT_URL_S3: `http://${reachableAt(sqs)}`,
  };
  const variables = Object.entries(environment).flatMap(([variable, value]) => ["--env", `${variable}=${value}`]);
  await docker("run", "--detach", "--name", name, "--network", "host", ...HARDENED, ...variables, IMAGE);

  const inside = (...command: string[]) => docker("exec", name, ...command);
  await until("the health probe's yes", async () => inside("node", "server/health-probe.ts"), 60_000);
  holds("its health probe says that it serves", true);
  const user = (await inside("node", "-p", "process.getuid()")).stdout.trim();
  holds("it is not root", user !== "0");
  const written = await inside("touch", "/tmp/file").then(
    () => true,
    () => false,
  );
  holds("it cannot write to its file system", !written);

  const caller = createGrpcCaller(`127.0.0.1:${grpc}`);
  const answer = await caller.call(queryPolicies, { policies: [{ serviceName: "checkout" }] });
  holds("it answers a poll over native gRPC", answer.commands.length === 0);
  const taskId = taskIdIn(await caller.call(reportProfilingTask, goodReport()));
  caller.close();
  await until("the task on record", async () => services.taskStore.get(taskId));
  holds("a report that it took is recorded by who works off the queue", true);

  await docker("stop", "--time", "30", name);
  const exitCode = (await docker("inspect", "--format", "{{.State.ExitCode}}", name)).stdout.trim();
  holds("it ends with 0 when it is told to stop", exitCode === "0");
  const lines = (await docker("logs", name)).stdout.split("\n").filter((line) => line.startsWith('{"_aws"'));
  const points = lines.flatMap((line) => readEmfLine(line, "Flashpoint", Date.now()));
  holds("it has told CloudWatch of the poll", sumsOf(points, "policy_polls_total")["stack=flashpoint"] === 1);
}

function holds(promise: string, held: boolean): void {
  process.stdout.write(`${held ? "holds" : "FAILS"}  ${promise}\n`);
  if (!held) process.exitCode = 1;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
