import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type CloudFormationDouble,
  environmentFor,
  startCloudFormationDouble,
} from "../../support/cloudformation-double.ts";
import { webhookTo } from "../../support/collectors.ts";
import { type DoctorEnd, runDoctor } from "../../support/doctor.ts";
import { type LambdaServer, startLambdaDoor } from "../../support/lambda-server.ts";
import { type MeddlingProxy, refusal, startMeddlingProxy } from "../../support/meddling-proxy.ts";
import { type StillWorld, startStillWorld } from "../../support/still-world.ts";
import { temporaryFolder } from "../../support/world.ts";

const PREFIX = "fp-7c1e";
const ARN = "arn:aws:sts::123456789012:assumed-role/operators/ada";

let home: Awaited<ReturnType<typeof temporaryFolder>>;
let world: StillWorld;
let cloudFormation: CloudFormationDouble;
let door: LambdaServer;
let sts: MeddlingProxy;
let dynamodb: MeddlingProxy;
let env: Record<string, string>;

beforeAll(async () => {
  home = await temporaryFolder();
  world = await startStillWorld({ FLASHPOINT_STACK: PREFIX });
  cloudFormation = await startCloudFormationDouble();
  door = await startLambdaDoor(world.services);
  sts = await startMeddlingProxy();
  const { dynamodbEndpoint, sqsEndpoint, s3Endpoint } = world.engines.aws;
  dynamodb = await startMeddlingProxy(dynamodbEndpoint);
  env = {
    ...environmentFor(cloudFormation, home.path),
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    AWS_ENDPOINT_URL_SQS: sqsEndpoint,
    AWS_ENDPOINT_URL_S3: s3Endpoint,
    AWS_ENDPOINT_URL_STS: sts.url,
  };
});
beforeEach(() => {
  const outputs = { AgentUrl: `${door.url}/`, ResourcePrefix: PREFIX, ProfileBucket: world.config.profileBucket };
  cloudFormation.put("Prod", { status: "UPDATE_COMPLETE", outputs });
  cloudFormation.fail(undefined);
  sts.meddle({
    answer: () => ({
      status: 200,
      type: "text/xml",
      body: `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>${ARN}</Arn><UserId>A:ada</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
    }),
  });
  dynamodb.meddle({ answer: ({ operation }) => (operation === "DescribeTimeToLive" ? EXPIRING : undefined) });
});
afterAll(async () => {
  await door.close();
  await sts.close();
  await dynamodb.close();
  await cloudFormation.close();
  await world.stop();
  await home.remove();
});

const EXPIRING = {
  status: 200,
  body: JSON.stringify({ TimeToLiveDescription: { TimeToLiveStatus: "ENABLED", AttributeName: "expiresAt" } }),
};

const doctor = (more: Record<string, string> = {}, ...args: string[]): Promise<DoctorEnd> =>
  runDoctor(["--stack", "Prod", "doctor", ...args], { env: { ...env, ...more } });

describe("doctor, of a deployed stack", { timeout: 60_000 }, () => {
  it("finds all by the stack's outputs, and says whom AWS takes you for", async () => {
    const { code, of, summary, troubles } = await doctor();
    expect(troubles).toEqual([
      "collectors warning: none: what is reported goes nowhere",
      "policies warning: none: nothing is profiled",
      "agents warning: none heard within 10 minutes, none in the last two days",
    ]);
    expect({ code, skipped: summary.skipped }).toEqual({ code: 0, skipped: 0 });
    expect(of("configuration")[0]?.detail).toBe("stack Prod in us-east-1, UPDATE_COMPLETE");
    expect(of("credentials")[0]?.detail).toBe(`${ARN}, account 123456789012`);
    expect(of("door")).toEqual([
      expect.objectContaining({
        detail: expect.stringMatching(`^HTTP ${door.url}/ answers in \\d+ ms and lets in everybody`),
      }),
    ]);
    expect(cloudFormation.requests.splice(0)).toHaveLength(1);
  });

  it("signs what it asks STS", async () => {
    let signature: unknown;
    sts.meddle({
      answer({ headers, body }) {
        signature = [headers.authorization, body];
        return {
          status: 403,
          type: "text/xml",
          body: "<Error><Code>ExpiredToken</Code><Message>It has expired</Message></Error>",
        };
      },
    });
    const { code, troubles, of } = await doctor();
    expect(signature).toEqual([
      expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/us-east-1\/sts\/aws4_request/),
      "Action=GetCallerIdentity&Version=2011-06-15",
    ]);
    expect(code).toBe(1);
    expect(troubles).toEqual(["credentials failed: AWS does not take the credentials: ExpiredToken: It has expired"]);
    expect(of("credentials")[0]?.advice).toContain("sign in again");
    expect(of("tables")).toMatchObject([{ status: "skipped", detail: "credentials failed" }]);
    expect(of("door")).toMatchObject([{ status: "ok" }]); // that takes no credentials
  });

  it("goes on where STS cannot be asked, and shows no secret that AWS repeats", async () => {
    const away = await doctor({ AWS_ENDPOINT_URL_STS: "http://127.0.0.1:2" });
    expect(away.code).toBe(0);
    expect(away.of("credentials")).toMatchObject([{ status: "warning" }]);
    expect(away.of("tables")).toMatchObject([{ status: "ok" }]);
    const session = "x-amz-security-token:FwoGZXIvYXdzEBYaDK";
    sts.meddle({
      answer: () => ({
        status: 403,
        type: "text/xml",
        body: `<Error><Code>SignatureDoesNotMatch</Code><Message>The Canonical String should have been ${session}</Message></Error>`,
      }),
    });
    const { of } = await doctor();
    expect(of("credentials")[0]?.detail).toContain("SignatureDoesNotMatch");
    expect(of("credentials")[0]?.detail).not.toContain("FwoGZXIvYXdzEBYaDK");
  });

  it("finds no credentials", async () => {
    const { AWS_ACCESS_KEY_ID: _, ...nobody } = env;
    const { code, of } = await runDoctor(["doctor"], { env: { ...nobody, FLASHPOINT_STACK: PREFIX } });
    expect(code).toBe(1);
    expect(of("credentials")).toMatchObject([
      { status: "failed", detail: expect.stringMatching(/^no AWS credentials: /) },
    ]);
    expect(of("door")).toMatchObject([
      { status: "warning", detail: expect.stringMatching(/^no address of agents' is known/) },
    ]);
  });

  it("warns of tables that do not expire, and tells which permission is missing to see it", async () => {
    dynamodb.meddle({});
    const off = await doctor();
    expect(off.code).toBe(0);
    expect(off.of("tables")).toMatchObject([
      {
        status: "warning",
        detail: expect.stringMatching(/^fp-7c1e-\w+, .* deletes nothing that has expired: its TTL is off/),
      },
    ]);
    dynamodb.meddle({
      answer: ({ operation }) =>
        operation === "DescribeTimeToLive" ? refusal("AccessDeniedException", "not authorized") : undefined,
    });
    const barred = await doctor();
    expect(barred.of("tables")[0]?.detail).toContain("takes the permission dynamodb:DescribeTimeToLive");
  });

  it("only warns of a collector that cannot be reached from here, since the functions may reach it", async () => {
    const outputs = { AgentUrl: `${door.url}/`, ResourcePrefix: PREFIX, CollectorNetworks: "127.0.0.0/8" };
    cloudFormation.put("Prod", {
      status: "UPDATE_ROLLBACK_FAILED",
      outputs: { ...outputs, ProfileBucket: world.config.profileBucket },
    });
    await world.services.collectorStore.put(webhookTo("http://127.0.0.1:2/", { name: "hook" }));
    const { code, of } = await doctor();
    expect(code).toBe(0);
    expect(of("configuration")).toMatchObject([
      { status: "warning", detail: expect.stringContaining("UPDATE_ROLLBACK_FAILED") },
    ]);
    expect(of("collectors")).toMatchObject([
      { status: "warning", detail: "hook cannot be connected to from here: connect ECONNREFUSED 127.0.0.1:2" },
    ]);
    await world.services.collectorStore.delete("hook");
  });

  it("looks at nothing else without the stack, and says why there is none", async () => {
    const { code, troubles, summary } = await runDoctor(["--stack", "Nobody", "doctor"], { env });
    expect({ code, troubles }).toEqual({
      code: 1,
      troubles: ["configuration failed: there is no stack named Nobody in us-east-1"],
    });
    expect(summary).toEqual({ ok: 1, warning: 0, failed: 1, skipped: 13 });
  });
});
