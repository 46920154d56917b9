import { randomBytes } from "node:crypto";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Collector } from "../../shared/collectors/kinds.ts";
import type { RpcKindName } from "../../shared/collectors/rpc/rpc-collector.ts";
import { makeSecret } from "../../shared/collectors/webhook/secret.ts";
import { pyroscopeAt, USUAL, webhookTo } from "./collectors.ts";
import { type EchoingCollector, type EchoWay, startEchoingCollector } from "./echoing-collector.ts";
import { startOapDouble } from "./oap-double.ts";
import type { PlantedSecrets } from "./planted-secrets.ts";
import { startRpcDouble } from "./rpc-double.ts";
import { type SecretsManagerDouble, startSecretsManagerDouble } from "./secrets-manager-double.ts";

/** Collectors of every kind, that fail in every way and give back every secret that they were sent. */
export interface SecretiveCollectors {
  readonly collectors: readonly Collector[];
  readonly echo: EchoingCollector;
  readonly secretsManager: SecretsManagerDouble;
  close(): Promise<void>;
}

const RPC_KINDS: readonly RpcKindName[] = ["grpc", "connect", "grpc-web"];
/** What headers may hold that is written in another way in JSON, in URLs and in HTML. */
const ODD = "/+%20\"&<x>'==";

const arnOf = (name: string) => `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}`;
const random = () => randomBytes(15).toString("base64url");

export async function startSecretiveCollectors(planted: PlantedSecrets): Promise<SecretiveCollectors> {
  const [echo, secretsManager, oap, ...doubles] = await Promise.all([
    startEchoingCollector(),
    startSecretsManagerDouble(),
    startOapDouble({ authentication: "another" }),
    ...RPC_KINDS.map((kind) => startRpcDouble(kind)),
  ]);
  for (const double of doubles) {
    double.answer(({ headers }) => {
      const sent = `${headers.authorization} and ${headers["x-api-key"]}`;
      throw new ConnectError(`not with ${sent}`, Code.Unavailable, { "x-echo": encodeURIComponent(sent) });
    });
  }

  const plant = (what: string, secret: string) => planted.plant(what, secret);
  /** The header's own value, which starts with the scheme, is looked for without it. */
  const headersOf = (name: string) => ({
    authorization: `Bearer ${plant(`header of ${name}`, random())}`,
    "x-api-key": plant(`odd header of ${name}`, `${random()}${ODD}`),
  });
  /** Signs with two secrets that were never shown. */
  const signingOf = (name: string) => ({
    secret: plant(`secret of ${name}`, makeSecret()),
    previousSecret: plant(`previous secret of ${name}`, makeSecret()),
    previousSecretUntil: new Date(Date.now() + 3_600_000).toISOString(),
  });
  const hook = (way: EchoWay, what: string, more: { events?: ["profiles"] } = {}): Collector => {
    const name = `${way}-${what}`;
    return webhookTo(echo.url(way, what), {
      name,
      ...signingOf(name),
      headers: headersOf(name),
      timeoutSeconds: 1,
      ...more,
    });
  };
  const inSecretsManager = (name: string, secret: string, token?: string): Collector => {
    if (token !== undefined) secretsManager.put(arnOf(`${name}-token`), { current: { value: token } });
    if (secret !== "") {
      const previous = { value: plant(`AWSPREVIOUS of ${name}`, makeSecret()) };
      secretsManager.put(arnOf(name), { current: { value: secret, createdAt: Date.now() - 60_000 }, previous });
    }
    const headers = token === undefined ? {} : { authorization: arnOf(`${name}-token`) };
    return webhookTo(echo.url("plain", "authorization"), { name, secret: arnOf(name), headers });
  };

  const collectors: Collector[] = [
    hook("plain", "authorization"),
    ...(["plain", "url", "json", "php", "base64", "base64url", "refused", "gone", "redirect", "taken"] as const).map(
      (way) => hook(way, "x-api-key"),
    ),
    hook("hang", ""),
    hook("reset", ""),
    ...(["plain", "url", "json", "base64", "base64url"] as const).map((way) =>
      hook(way, "link", { events: ["profiles"] }),
    ),
    inSecretsManager("kept", plant("kept secret", makeSecret()), `Bearer ${plant("kept token", random())}`),
    inSecretsManager("misplaced", plant("secret that is none", `hunter2-${random()}`)),
    inSecretsManager("missing", ""),
    pyroscopeAt(echo.url("connect", "authorization"), {
      name: "flames",
      username: "ada",
      password: plant("password", `${random()}${ODD}`),
      headers: { "x-api-key": plant("odd header of flames", `${random()}${ODD}`) },
    }),
    ...RPC_KINDS.map((kind, index): Collector => {
      const url = doubles[index]?.url ?? "";
      return { ...USUAL, name: `rpc-${kind}`, kind, url, events: ["tasks"], headers: headersOf(kind) };
    }),
    {
      ...USUAL,
      name: "oap",
      kind: "skywalking",
      url: oap.url,
      events: ["tasks"],
      authentication: plant("authentication", random()),
    },
  ];

  return {
    collectors,
    echo,
    secretsManager,
    async close() {
      await Promise.all([echo, secretsManager, oap, ...doubles].map((started) => started.close()));
    },
  };
}

/** What makes the links work that were sent to collectors, found in what they were sent. */
export function plantLinks(planted: PlantedSecrets, { received }: Pick<EchoingCollector, "received">): number {
  const links = received.flatMap(({ body }) => /"downloadUrl":"([^"]+)"/.exec(body)?.[1] ?? []);
  for (const link of links) {
    planted.plant("signature of a link", new URL(link).searchParams.get("X-Amz-Signature") ?? "");
  }
  return links.length;
}
