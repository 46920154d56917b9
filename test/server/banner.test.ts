import { describe, expect, it } from "vitest";
import { localBanner, servingBanner } from "../../server/banner.ts";

const HOST = "127.0.0.1";
const DEFAULTS = { grpc: 11_800, http: 12_800, dynamodb: 8_000, sqs: 4_566 };

const at = (port: number) => ({ host: HOST, port });

/** The banner of a server on these ports, line by line. */
function bannerLines(changes: Partial<typeof DEFAULTS> = {}, requireToken = false): string[] {
  const { grpc, http, dynamodb, sqs } = { ...DEFAULTS, ...changes };
  const server = { ports: { grpc: at(grpc), http: at(http) }, engines: { dynamodb: at(dynamodb), sqs: at(sqs) } };
  return localBanner({ dataDir: ".flashpoint", tls: undefined, requireToken }, server).split("\n");
}

/** The command that it says to try. */
function tryLine(changes: Partial<typeof DEFAULTS> = {}): string | undefined {
  return bannerLines(changes)
    .find((line) => line.includes("npx flashpoint"))
    ?.trim();
}

describe("the banner's command", () => {
  it("names no port where all are the defaults", () => {
    expect(tryLine()).toMatch(/^npx flashpoint --local policies set checkout/);
    expect(tryLine({ grpc: 11_801 })).toMatch(/^npx/); // which only agents ask
  });

  it("names each port that the CLI asks elsewhere", () => {
    expect(tryLine({ http: 12_801 })).toMatch(/^FLASHPOINT_HTTP_PORT=12801 npx flashpoint --local /);
    expect(tryLine({ http: 1, dynamodb: 2, sqs: 3 })).toMatch(
      /^FLASHPOINT_HTTP_PORT=1 FLASHPOINT_DYNAMODB_PORT=2 FLASHPOINT_SQS_PORT=3 npx /,
    );
  });
});

describe("tokens", () => {
  const told = /^ {2}tokens +required; npx flashpoint (--local )?tokens create NAME makes one$/m;

  it("are asked for in so many words, and the call to try sends one", () => {
    const banner = bannerLines({}, true).join("\n");
    expect(banner).toMatch(told);
    expect(banner).toContain("  token=$(npx flashpoint --local tokens create trial --expires 1h)\n");
    expect(banner).toContain('-H "authorization: Bearer $token"');
    const ports = { grpc: at(DEFAULTS.grpc), http: at(DEFAULTS.http) };
    expect(servingBanner({ tls: undefined, requireToken: true }, ports)).toMatch(told);
  });

  it("are not mentioned where nobody needs one", () => {
    expect(bannerLines().join("\n")).not.toContain("token");
  });
});
