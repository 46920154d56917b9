import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { errorText, Unavailable } from "../errors.ts";
import { createRecentEntries } from "../recent-entries.ts";
import { withinDeadline } from "./deadline.ts";
import { partsOfArn } from "./secret-arn.ts";

/** What a secret in AWS Secrets Manager holds. */
export interface SecretVersions {
  readonly current: string;
  /** What it held before, while whoever knows only that may still be served; `until` in ms since the epoch. */
  readonly previous?: { readonly value: string; readonly until: number };
}

export interface SecretReader {
  /**
   * Reads the secret of that ARN, which has to be valid; the answer may be up to 5 minutes old.
   * @throws Unavailable with the reason, which repeats nothing of the secret.
   */
  read(arn: string): Promise<SecretVersions>;
  close(): void;
}

/** How long what a secret held before still counts, from when it holds something else. */
const ROTATION_MS = 86_400_000;
const REMEMBERED_MS = { value: 5 * 60_000, failure: 5_000 };
const MAX_REMEMBERED = 1_000;
/** No such version; whoever was never rotated has no previous one. */
const NO_VERSION = "ResourceNotFoundException";

/**
 * Reads secrets in the region that their ARN names, with the credentials of the environment; the SDK heeds
 * AWS_ENDPOINT_URL_SECRETS_MANAGER. What is asked for at the same time is read once.
 */
export function createSecretReader({ now = Date.now }: { now?: () => number } = {}): SecretReader {
  const known = createRecentEntries<{ reading: Promise<SecretVersions>; until: number }>({
    maxEntries: MAX_REMEMBERED,
  });
  const clients = new Map<string, Promise<SecretsManagerClient>>();

  /** Loaded when there is something to read: most stacks keep no secret there. */
  function clientOf(region: string): Promise<SecretsManagerClient> {
    const opened = clients.get(region) ?? openClient(region);
    clients.set(region, opened);
    return opened;
  }

  async function readVersion(arn: string, VersionStage: "AWSCURRENT" | "AWSPREVIOUS") {
    const { region } = partsOfArn(arn);
    const [client, { GetSecretValueCommand }] = await Promise.all([clientOf(region), sdk()]);
    const { SecretString, CreatedDate } = await withinDeadline("Secrets Manager", (abortSignal) =>
      client.send(new GetSecretValueCommand({ SecretId: arn, VersionStage }), { abortSignal }),
    );
    if (SecretString === undefined) throw new Unavailable("it holds bytes, not text");
    // Files end with a line end, which editors and `--secret-string file://…` leave there.
    return { value: SecretString.replace(/\r?\n$/, ""), createdAt: CreatedDate?.getTime() ?? 0 };
  }

  async function readVersions(arn: string): Promise<SecretVersions> {
    const { value: current, createdAt } = await readVersion(arn, "AWSCURRENT");
    const until = createdAt + ROTATION_MS;
    if (until <= now()) return { current };
    try {
      const { value } = await readVersion(arn, "AWSPREVIOUS");
      return { current, previous: { value, until } };
    } catch (error) {
      if (refusalOf(error) === NO_VERSION) return { current };
      throw error;
    }
  }

  async function readOrSay(arn: string): Promise<SecretVersions> {
    try {
      return await readVersions(arn);
    } catch (error) {
      const { name } = partsOfArn(arn);
      const reason = refusalOf(error) ?? errorText(error);
      throw new Unavailable(`secret ${name} cannot be read: ${reason}`, { cause: error });
    }
  }

  return {
    read(arn) {
      const remembered = known.get(arn);
      if (remembered !== undefined && now() <= remembered.until) return remembered.reading;
      const reading = readOrSay(arn);
      const remember = (ms: number): void => known.set(arn, { reading, until: now() + ms });
      remember(Number.POSITIVE_INFINITY); // under way, for as long as it takes
      reading.then(
        () => remember(REMEMBERED_MS.value),
        () => remember(REMEMBERED_MS.failure),
      );
      return reading;
    },
    close() {
      for (const opened of clients.values()) void opened.then((client) => client.destroy());
      clients.clear();
    },
  };
}

function sdk() {
  return import("@aws-sdk/client-secrets-manager");
}

async function openClient(region: string): Promise<SecretsManagerClient> {
  const { SecretsManagerClient } = await sdk();
  return new SecretsManagerClient({
    region,
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 500, requestTimeout: 1_000, throwOnRequestTimeout: true },
  });
}

/** The name of what the service, or the SDK before it asked, answered; undefined if nobody did. */
function refusalOf(error: unknown): string | undefined {
  const refusal = error instanceof Unavailable ? error.cause : error;
  const { name, $metadata } = (refusal ?? {}) as { name?: string; $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode !== undefined || name === "CredentialsProviderError" ? name : undefined;
}
