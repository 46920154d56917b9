import { ChannelCredentials, Client, logVerbosity, type ServiceError, setLogVerbosity } from "@grpc/grpc-js";
import { service } from "grpc-health-check";
import { type Config, loadConfig } from "../shared/config.ts";
import { errorText, InvalidInput } from "../shared/errors.ts";
import { reachableAt } from "./listening.ts";

/** A server that takes longer for this than an agent should ever wait is not well. */
const DEADLINE_MS = 3_000;

setLogVerbosity(logVerbosity.NONE); // its own lines on standard error would stand beside ours

// Asks the server that the environment describes, on this machine, whether it serves agents, as orchestrators of
// containers want to know it: exit code 0 if it does, else 1 and a line that says why not.
try {
  const status = await askHealth(loadConfig(process.env));
  if (status !== "SERVING") throw new Error(`the server says ${status}`);
} catch (error) {
  const reason = error instanceof InvalidInput ? error.message : errorText(error);
  process.stderr.write(`flashpoint: ${reason}\n`);
  process.exitCode = 1;
}

function askHealth({ host, grpcPort, tls }: Pick<Config, "host" | "grpcPort" | "tls">): Promise<string> {
  // Whoever asks itself need not look at its certificate, which is for another name.
  const credentials = tls
    ? ChannelCredentials.createSsl(null, null, null, { rejectUnauthorized: false })
    : ChannelCredentials.createInsecure();
  const client = new Client(reachableAt({ host, port: grpcPort }), credentials, {
    "grpc.ssl_target_name_override": "localhost", // an address is no name in TLS
    "grpc.enable_http_proxy": 0, // no proxy leads to this machine's own port
  });
  const { path, requestSerialize, responseDeserialize } = service.Check as NonNullable<typeof service.Check>;
  return new Promise<string>((resolve, reject) => {
    const done = (error: ServiceError | null, answer?: { status: string }): void =>
      error === null ? resolve(answer?.status ?? "nothing") : reject(error);
    const deadline = Date.now() + DEADLINE_MS;
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize as never, { service: "" }, { deadline }, done);
  }).finally(() => client.close());
}
