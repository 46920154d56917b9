import { once } from "node:events";
import { createServer } from "node:http";

/** One version of a secret. */
export interface Version {
  /** Text, or bytes. */
  readonly value: string | Uint8Array;
  /** Milliseconds since the epoch; without, long ago. */
  readonly createdAt?: number;
}

/** What was asked for. */
export interface SecretRequest {
  readonly secretId: string;
  readonly stage: string;
  /** Of the signature. */
  readonly region: string;
}

export interface SecretsManagerDouble {
  readonly url: string;
  readonly requests: readonly SecretRequest[];
  /** From now on. */
  put(arn: string, versions: { current: Version; previous?: Version }): void;
  /** How requests end from now on: in an error of that name, or not at all. */
  fail(how: { error: string; status?: number } | "hang" | undefined, stage?: "AWSCURRENT" | "AWSPREVIOUS"): void;
  close(): Promise<void>;
}

/** What stands in for AWS Secrets Manager on 127.0.0.1: GetSecretValue in the AWS JSON 1.1 protocol. */
export async function startSecretsManagerDouble(): Promise<SecretsManagerDouble> {
  const secrets = new Map<string, { AWSCURRENT: Version; AWSPREVIOUS?: Version | undefined }>();
  const requests: SecretRequest[] = [];
  const failures = new Map<string, { error: string; status?: number } | "hang">();

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
    };
    if (request.headers["x-amz-target"] !== "secretsmanager.GetSecretValue") {
      return answer(400, { __type: "UnknownOperationException" });
    }
    const { SecretId, VersionStage = "AWSCURRENT" } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    const [, region = ""] =
      /Credential=[^/]+\/\d+\/([^/]+)\/secretsmanager\//.exec(request.headers.authorization ?? "") ?? [];
    requests.push({ secretId: SecretId, stage: VersionStage, region });
    const failure = failures.get(VersionStage);
    if (failure === "hang") return;
    if (failure !== undefined) {
      const message = `User: arn:aws:iam::1:user/ada may not. ${SecretId}`;
      return answer(failure.status ?? 400, { __type: failure.error, message });
    }
    const version = secrets.get(SecretId)?.[VersionStage as "AWSCURRENT" | "AWSPREVIOUS"];
    if (version === undefined) {
      const message = `Secrets Manager can't find the specified secret value for staging label: ${VersionStage}`;
      return answer(400, { __type: "ResourceNotFoundException", message });
    }
    const { value, createdAt = 0 } = version;
    answer(200, {
      ARN: SecretId,
      Name: SecretId.split(":").at(-1),
      VersionId: "11111111-1111-1111-1111-111111111111",
      VersionStages: [VersionStage],
      CreatedDate: createdAt / 1_000,
      ...(typeof value === "string"
        ? { SecretString: value }
        : { SecretBinary: Buffer.from(value).toString("base64") }),
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    put(arn, { current, previous }) {
      secrets.set(arn, { AWSCURRENT: current, AWSPREVIOUS: previous });
    },
    fail(how, stage = "AWSCURRENT") {
      if (how === undefined) failures.delete(stage);
      else failures.set(stage, how);
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** What the SDK has to find in the environment to reach the double. */
export function environmentFor({ url }: Pick<SecretsManagerDouble, "url">): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: url,
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "key",
    AWS_REGION: "eu-central-1",
  };
}
