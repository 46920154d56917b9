import type { Figure } from "./figure.ts";
import { type Contender, perServer, ratios, roundsInTurn, type Started, withServers } from "./rounds-in-turn.ts";
import type { FlashpointReady } from "./servers/flashpoint.ts";
import type { Ready } from "./servers/serve-parent.ts";
import { EMPTY_FRAME, POLL_PATH, pollRequest } from "./unchanged-poll.ts";

const ROUNDS = 9;
const LOAD = { connections: 4, inFlight: 64, warmUpMs: 1_000, measureMs: 2_500 };
/** What the design asks of the gRPC port, in terms of the least that Node can do. */
const LEAST_OF_RAW = 0.55;

/** Unchanged polls answered by the native gRPC port, beside two servers that do nothing with the same request. */
export const grpcPolls: Figure = {
  name: "grpc-polls",
  meaning: "Polls for 10 unchanged services on the gRPC port, tokens required, against servers that do nothing",
  measure: (tell) =>
    withServers(async (start) => {
      const flashpoint = await start<FlashpointReady>("flashpoint");
      const contender = (name: string, { server, told }: Started<Ready>): Contender => ({
        name,
        server,
        load: new URL("./load/http2-load.ts", import.meta.url),
        request: {
          port: told.port,
          path: POLL_PATH,
          headers: { authentication: flashpoint.told.token }, // as SkyWalking's agents send it
          body: pollRequest().toString("base64"),
          expected: EMPTY_FRAME.toString("base64"),
          ...LOAD,
        },
      });
      const contenders = [
        contender("flashpoint", flashpoint),
        contender("raw-http2", await start("raw-http2")),
        contender("grpc-js-no-op", await start("grpc-js-no-op")),
      ];
      const rounds = await roundsInTurn(contenders, { rounds: ROUNDS, tell });
      const [own, raw, grpcJs] = rounds;
      return {
        measurements: [
          ...perServer(contenders, rounds),
          ...ratios("flashpoint / raw-http2", own, raw, { atLeast: LEAST_OF_RAW }),
          ...ratios("flashpoint / grpc-js-no-op", own, grpcJs),
        ],
      };
    }),
};
