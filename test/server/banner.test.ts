import { describe, expect, it } from "vitest";
import { localBanner } from "../../server/banner.ts";

const HOST = "127.0.0.1";
const DEFAULTS = { grpc: 11_800, http: 12_800, dynamodb: 8_000, sqs: 4_566 };

/** The command that the banner says to try, of a server on these ports. */
function tryLine(changes: Partial<typeof DEFAULTS> = {}): string | undefined {
  const { grpc, http, dynamodb, sqs } = { ...DEFAULTS, ...changes };
  const at = (port: number) => ({ host: HOST, port });
  const server = { ports: { grpc: at(grpc), http: at(http) }, engines: { dynamodb: at(dynamodb), sqs: at(sqs) } };
  const lines = localBanner({ dataDir: ".flashpoint", tls: undefined }, server).split("\n");
  return lines.find((line) => line.includes("npx flashpoint"))?.trim();
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
