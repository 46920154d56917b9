import type { Figure, Measurement } from "./figure.ts";
import { type Contender, perServer, ratios, roundsInTurn, withServers } from "./rounds-in-turn.ts";
import type { FlashpointReady } from "./servers/flashpoint.ts";
import { CLIENT_HEADERS, EMPTY_GRPC_WEB, POLL_PATH, pollJson, pollMessage, pollRequest } from "./unchanged-poll.ts";

const ROUNDS = 9;
const CONNECTIONS = 64;
const LOAD = { connections: CONNECTIONS, inFlight: CONNECTIONS, warmUpMs: 1_000, measureMs: 2_000 };
/** What the design asks of the HTTP port, in terms of the least that Node can do. */
const LEAST_OF_RAW = 0.55;

/** The same poll and its answer, in each protocol of the HTTP port. */
const PROTOCOLS: readonly {
  readonly name: keyof typeof CLIENT_HEADERS;
  readonly body: Buffer;
  readonly expected: Buffer;
}[] = [
  {
    name: "gRPC-web",
    body: pollRequest(),
    expected: EMPTY_GRPC_WEB,
  },
  {
    name: "Connect proto",
    body: Buffer.from(pollMessage()),
    expected: Buffer.alloc(0),
  },
  {
    name: "Connect JSON",
    body: pollJson(),
    expected: Buffer.from("{}"),
  },
];

/** Unchanged polls answered by the HTTP port, beside a server that does nothing with the same requests. */
export const httpPolls: Figure = {
  name: "http-polls",
  meaning: "Polls for 10 unchanged services on the HTTP port, tokens required, against a server that does nothing",
  measure: (tell) =>
    withServers(async (start) => {
      const flashpoint = await start<FlashpointReady>("flashpoint");
      const raw = await start("raw-http1");
      const { token, httpPort } = flashpoint.told;
      const contenders = PROTOCOLS.flatMap(({ name, body, expected }): Contender[] => {
        const load = new URL("./load/http1-load.ts", import.meta.url);
        const request = {
          path: POLL_PATH,
          headers: { ...CLIENT_HEADERS[name], authentication: token },
          body: body.toString("base64"),
          expected: expected.toString("base64"),
          ...LOAD,
        };
        return [
          { name: `flashpoint, ${name}`, server: flashpoint.server, load, request: { ...request, port: httpPort } },
          { name: `raw-http1, ${name}`, server: raw.server, load, request: { ...request, port: raw.told.port } },
        ];
      });
      const rounds = await roundsInTurn(contenders, { rounds: ROUNDS, tell });
      const ratiosOf = (name: string, index: number): Measurement[] => {
        const [own, raw] = rounds.slice(2 * index);
        return ratios(`${name}: flashpoint / raw-http1`, own, raw, { atLeast: LEAST_OF_RAW });
      };
      return {
        measurements: [
          ...perServer(contenders, rounds),
          ...PROTOCOLS.flatMap(({ name }, index) => ratiosOf(name, index)),
        ],
      };
    }),
};
