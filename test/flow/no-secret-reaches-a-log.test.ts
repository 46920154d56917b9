import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import pLimit from "p-limit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { localAws } from "../../server/local/local-aws.ts";
import { type AwsOptions, createAwsClients } from "../../shared/aws/clients.ts";
import { makeSecret } from "../../shared/collectors/webhook/secret.ts";
import { loadConfig } from "../../shared/config.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProfilingService } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import { createLogger } from "../../shared/log.ts";
import { createServices, type Services } from "../../shared/services.ts";
import { CALL_ROADS, CALLS, type Doors, type Header } from "../support/agent-calls.ts";
import { openDeadLetters } from "../support/dead-letters.ts";
import { plantSecrets } from "../support/planted-secrets.ts";
import { goodReport, taskIdIn } from "../support/policies.ts";
import { plantLinks, type SecretiveCollectors, startSecretiveCollectors } from "../support/secretive-collectors.ts";
import { runProgram, type ServerProcess, startServerProcess } from "../support/server-process.ts";
import { type SpitefulAws, startSpitefulAws } from "../support/spiteful-aws.ts";
import { flushOf, onCpu } from "../support/stacks.ts";
import { authentication, bearer, newToken } from "../support/tokens.ts";
import { until } from "../support/until.ts";
import { temporaryFolder } from "../support/world.ts";

const RUN_MS = 240_000;
const SERVICE = "checkout";

/** Everything that was planted, and everything that was written and by whom. */
const planted = plantSecrets();
const written: { where: string; text: string; mayHold: readonly string[] }[] = [];
const keep = (where: string, what: unknown, mayHold: readonly string[] = []) => {
  const asText = (_key: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);
  written.push({ where, text: typeof what === "string" ? what : JSON.stringify(what, asText), mayHold });
};
const plant = (what: string, secret: string) => planted.plant(what, secret);

const credentials = {
  AWS_REGION: "eu-central-1",
  AWS_ACCESS_KEY_ID: plant("access key", "AKIAQ7PLANTEDKEY42XY"),
  AWS_SECRET_ACCESS_KEY: plant("secret access key", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYplanted"),
  AWS_SESSION_TOKEN: plant("session token", "FwoGZXIvYXdzEPlanted//////////wEaDK7+planted=="),
};

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let cast: SecretiveCollectors;
let spitefulAws: SpitefulAws;
let server: ServerProcess;
let aws: Required<AwsOptions>;
let services: Services;
let at: Doors;
let env: Record<string, string>;

beforeAll(async () => {
  folder = await temporaryFolder();
  cast = await startSecretiveCollectors(planted);
  spitefulAws = await startSpitefulAws();
  env = { ...credentials, AWS_ENDPOINT_URL_SECRETS_MANAGER: cast.secretsManager.url, FLASHPOINT_LOG_LEVEL: "trace" };
  server = await startServerProcess(folder.path, {
    env: { ...env, FLASHPOINT_RETRY_SCHEDULE: "1" },
    flags: ["--require-token"],
  });
  aws = localAws(server.dynamodb, server.sqs);
  services = createServices({ config: loadConfig(), log: createLogger("silent"), aws: createAwsClients(aws) });
  at = { grpcUrl: `http://${server.grpc}`, httpUrl: `http://${server.http}`, lambdaUrl: "" };
}, RUN_MS);
afterAll(async () => {
  services.close();
  await server.kill("SIGTERM");
  await Promise.all([cast.close(), spitefulAws.close()]);
  await folder.remove();
});

/** Runs the command line as an operator beside the server does. @returns what it wrote. */
async function cli(args: readonly string[], { stdin = "", mayHold = [] as readonly string[] | "all" } = {}) {
  const engines = { AWS_ENDPOINT_URL_DYNAMODB: aws.dynamodbEndpoint, AWS_ENDPOINT_URL_SQS: aws.sqsEndpoint };
  const ports = { FLASHPOINT_HTTP_PORT: server.http.split(":").at(-1) ?? "" };
  const end = await runProgram(["cli/main.ts", "--local", ...args], {
    env: { ...env, ...engines, ...ports },
    stdin,
    timeoutMs: 60_000,
  });
  if (mayHold !== "all")
    keep(`flashpoint ${args.slice(0, 2).join(" ").slice(0, 25)}`, end.stdout + end.stderr, mayHold);
  return end;
}

/** Makes a token as operators do: the one verb that shows one, alone on standard output. */
async function createToken(name: string): Promise<string> {
  const { stdout, stderr } = await cli(["tokens", "create", name], { mayHold: "all" });
  const token = plant(`token ${name}`, stdout.trim());
  keep(`standard error of tokens create ${name}`, stderr);
  return token;
}

/** One call, and what its caller hears of it. */
const outcome = (call: Promise<unknown>) => call.then(() => "ok", heard);

const roads = () => Object.entries(CALL_ROADS).filter(([name]) => !name.includes("Lambda"));

/** What a caller hears of an error, in all the ways that it is told. */
const heard = (error: unknown) => {
  const { code, message, details, metadata } = ConnectError.from(error);
  const detailed = details.map((detail) =>
    "value" in detail ? Buffer.from(detail.value as Uint8Array).toString() : "",
  );
  return { code: Code[code], message, detailed, metadata: [...metadata] };
};

it(
  "is what the rest goes by: a report, a profile of it, and every delivery of both at its end",
  async () => {
    for (const collector of cast.collectors) await services.collectorStore.put(collector);
    const headers = authentication(await createToken("rover"));
    const transport = CALL_ROADS["native gRPC"]?.(at) as Transport;
    const report = await createClient(ContinuousProfilingService, transport).reportProfilingTask(goodReport(SERVICE), {
      headers,
    });
    const taskId = taskIdIn(report);
    await until("the task is recorded", () => services.taskStore.get(taskId));
    const stacks = flushOf(taskId, [onCpu(3, "main", "work")]);
    const sending = (async function* () {
      yield* stacks;
    })();
    await createClient(EBPFProfilingService, transport).collectProfilingData(sending, { headers });

    const isOver = (deliveries: object): boolean =>
      Object.values(deliveries).length > 0 &&
      Object.values(deliveries).every(({ status }) => status !== "pending" && status !== "retrying");
    const records = await until(
      "every delivery has ended",
      async () => {
        const [task, [profile]] = await Promise.all([
          services.taskStore.get(taskId),
          services.profileStore.list(taskId),
        ]);
        const all = [task?.deliveries ?? {}, profile?.deliveries ?? {}];
        return all.every(isOver) ? { task, profile, all } : undefined;
      },
      90_000,
    );
    keep("records of the task and its profile", { ...records });
    const dead = openDeadLetters(aws, "flashpoint", "deliveries");
    const letters = await dead.reader.receive(1);
    expect(letters.map(({ reason }) => reason)).not.toContain(undefined);
    keep("dead letters", letters);
    dead.close();

    // Each collector was asked, and failed in its own way.
    const ends = Object.assign({}, ...records.all) as Record<string, { status: string; lastError?: string }>;
    expect(Object.keys(ends).sort()).toEqual(cast.collectors.map(({ name }) => name).sort());
    const echoes = Object.entries(ends).filter(([, { lastError = "" }]) => lastError.includes("[masked]"));
    expect(echoes.map(([name]) => name).sort()).toEqual(
      cast.collectors.flatMap(({ name }) => (/^(hang|reset|missing|misplaced|taken)/.test(name) ? [] : [name])).sort(),
    );
    expect(plantLinks(planted, cast.echo)).toBeGreaterThanOrEqual(5);
    for (const json of [[], ["--json"]]) {
      await cli(["tasks", "show", taskId, ...json]);
      await cli(["why", SERVICE, ...json]);
    }
  },
  RUN_MS,
);

it(
  "nor does one from agents' calls, whatever they send and wherever they put it",
  async () => {
    const [good, ended] = [await createToken("good"), await createToken("ended")];
    await cli(["tokens", "revoke", "ended"]);
    const unknown = plant("token that nobody has", newToken());
    const malformed = plant("malformed token", `${newToken().slice(0, -1)}.`);
    const misplaced = plant("misplaced token", newToken());
    const sent: Header[] = [
      ...[good, ended, unknown, malformed].flatMap((token) => [authentication(token), bearer(token)]),
      { ...authentication(malformed), ...bearer(good) },
      authentication(`Bearer ${unknown}`),
      { cookie: `token=${misplaced}`, "x-token": misplaced, "user-agent": misplaced, "grpc-timeout": misplaced },
    ];
    for (const [road, open] of roads()) {
      for (const [name, call] of Object.entries(CALLS)) {
        const calls = sent.map((header) => outcome(call(open(at), header, `${road} ${name}`.slice(0, 60))));
        keep(`answers to ${name} over ${road}`, await Promise.all(calls));
      }
    }
    const poll = "/skywalking.v3.ContinuousProfilingService/queryPolicies";
    const json = { "content-type": "application/json" };
    const requests: [string, RequestInit][] = [
      [`/${misplaced}`, {}],
      [`/nowhere?token=${misplaced}`, {}],
      [`/%zz?token=${misplaced}`, {}],
      [`${poll}?token=${misplaced}`, {}],
      [`${poll}?token=${misplaced}`, { method: "POST", body: "{}", headers: json }],
      [poll, { method: "POST", body: `{"token":"${misplaced}"}`, headers: { ...json, ...authentication(good) } }],
      [poll, { method: "POST", body: `{"policies":["${misplaced}`, headers: { ...json, ...authentication(good) } }],
      [poll, { method: "POST", body: "{}", headers: { "content-type": misplaced, ...authentication(good) } }],
      [poll, { method: misplaced.replaceAll("_", ""), headers: bearer(good) }],
      ...["/metrics", `/measured?service=x&token=${misplaced}`, "/healthz", "/readyz"].map(
        (path): [string, RequestInit] => [path, { headers: { ...authentication(good), ...bearer(unknown) } }],
      ),
    ];
    for (const [path, init] of requests) {
      const answer = await fetch(`${at.httpUrl}${path}`, init).catch((error: Error) => new Response(error.message));
      keep(`answer to ${path.slice(0, 20)}`, [answer.status, [...answer.headers], await answer.text()]);
    }
  },
  RUN_MS,
);

it(
  "nor does one from what operators do, also where they mistype",
  async () => {
    const made = await cli(["collectors", "set", "made", "--url", cast.echo.url("plain", "host")], { mayHold: "all" });
    const secret = plant("made secret", /shown this once: (\S+)/.exec(made.stdout)?.[1] ?? "");
    const rotated = await cli(["collectors", "rotate", "made"], { mayHold: "all" });
    const next = plant("rotated secret", /shown this once: (\S+)/.exec(rotated.stdout)?.[1] ?? "");
    keep("the rotation, which shows the new secret once", rotated.stdout + rotated.stderr, [next]);
    keep("the collector, which is shown its secret once", made.stdout + made.stderr, [secret]);

    const [typed, token] = [plant("typed secret", makeSecret()), plant("typed token", newToken())];
    const password = plant("typed password", 'hunter2/"wörd"&%=planted');
    await cli(["collectors", "set", "given", "--url", "http://127.0.0.1:9/", "--secret", "-"], { stdin: typed });
    await cli(["collectors", "rotate", "given", "--secret", plant("given secret", makeSecret()), "--json"]);
    const verbs = ["collectors list", "deliveries list", "tokens list", "tasks list", "agents list"].map((verb) =>
      verb.split(" "),
    );
    const tests = cast.collectors.map(({ name }) => ["collectors", "test", name]);
    const userinfo = `http://ada:${encodeURIComponent(password)}@127.0.0.1:9/`;
    const set = (name: string, ...options: string[]) => ["collectors", "set", name, ...options];
    const mistyped = [
      [token],
      ...["tokens create", "tokens revoke", "tasks show", "agents show", "policies get", "why"].map((verb) => [
        ...verb.split(" "),
        token,
      ]),
      ...["test", "rotate"].map((verb) => ["collectors", verb, typed]),
      set(typed, "--url", "http://127.0.0.1:9/"),
      ...[typed, `--secert=${typed}`, `--secret${typed}`].map((option) => set("made", option)),
      ...["--secret", "--mode", "--kind", "--event"].map((option) => set("made", option, `${typed}x`)),
      set("made", "--url", userinfo),
      set("made", "--header", `authorization Bearer ${token}`, "--header", `x-odd: ${password}`),
      set("flames", `--pasword=${password}`),
      set("flames", "--password", `${password}\n`),
      set("flames", "--authentication", password),
    ];
    const inTurn = pLimit(3);
    const inJson = [...verbs, ...tests.filter((_, index) => index % 2 === 0)].map((verb) => [...verb, "--json"]);
    const runs = [...verbs, ...tests.filter((_, index) => index % 2 === 1), ...inJson, ...mistyped];
    await Promise.all(runs.map((args) => inTurn(() => cli(args))));
  },
  RUN_MS,
);

it(
  "nor does one from AWS, where it refuses a request and repeats it",
  async () => {
    const endpoints = { AWS_ENDPOINT_URL: spitefulAws.url, FLASHPOINT_EMF: "true", FLASHPOINT_REQUIRE_TOKEN: "true" };
    const edge = await startServerProcess(folder.path, { mode: "serve", env: { ...env, ...endpoints } });
    for (const [road, open] of roads()) {
      const doors = { ...at, grpcUrl: `http://${edge.grpc}`, httpUrl: `http://${edge.http}` };
      for (const [name, call] of Object.entries(CALLS)) {
        const token = plant("token in an outage", newToken());
        const answer = await outcome(call(open(doors), authentication(token)));
        expect(answer).toMatchObject({ code: expect.stringMatching(/^(Unavailable|ResourceExhausted)$/) });
        keep(`answer to ${name} over ${road} in an outage`, answer);
      }
    }
    keep("readyz", await (await fetch(`http://${edge.http}/readyz`)).text());
    await edge.kill("SIGTERM");
    expect(edge.output()).toContain("InvalidSignatureException");
    keep("log of the server in an outage", edge.output());
    for (const args of [
      ["collectors", "list"],
      ["tokens", "create", "ada"],
      ["deliveries", "list", "--json"],
      ["why", "x"],
    ]) {
      const { stdout, stderr } = await runProgram(["cli/main.ts", ...args], { env: { ...env, ...endpoints } });
      expect(stderr).toContain("InvalidSignatureException");
      keep(`flashpoint ${args.join(" ")} in an outage`, stdout + stderr);
    }
    for (const setting of ["FLASHPOINT_REQUIRE_TOKEN", "FLASHPOINT_STACK", "FLASHPOINT_LOG_LEVEL"]) {
      const misset = { [setting]: plant("token in a setting", newToken()) };
      const { stderr } = await runProgram(["server/main.ts"], { env: misset });
      expect(stderr).toContain(setting);
      keep(`a wrong ${setting}`, stderr);
    }
  },
  RUN_MS,
);

it("none of it was written anywhere", async () => {
  const { code } = await server.kill("SIGTERM");
  expect(code).toBe(0);
  expect(server.output()).toContain("call refused"); // at level debug, and below
  keep("log of the server", server.output());
  const found = written.flatMap(({ where, text, mayHold }) =>
    planted.foundIn(text, mayHold).map((what) => `${where}: ${what}`),
  );
  expect(found).toEqual([]);
});
