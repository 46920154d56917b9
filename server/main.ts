import { loadConfig } from "../shared/config.ts";
import { errorText, InvalidInput } from "../shared/errors.ts";
import { createLogger } from "../shared/log.ts";
import { maskedText } from "../shared/masked-text.ts";
import { parseArguments, usage } from "./arguments.ts";
import { localBanner, servingBanner } from "./banner.ts";
import { StartError } from "./listening.ts";
import { startServing } from "./serving.ts";
import { stopOnSignal } from "./stop-on-signal.ts";

try {
  const { mode, help, settings } = parseArguments(process.argv.slice(2));
  if (help) {
    process.stdout.write(usage());
  } else {
    const config = loadConfig(process.env, settings);
    const log = createLogger(config.logLevel, process.stderr);
    if (mode === "local") {
      const { startLocalServer } = await import("./local/local-server.ts"); // the edge carries no engines
      const server = await startLocalServer(config, log);
      stopOnSignal(log, server.stop);
      process.stdout.write(localBanner(config, server));
    } else {
      const server = await startServing(config, log);
      stopOnSignal(log, server.stop);
      process.stdout.write(servingBanner(config, server.ports));
      await server.services.checkEngines().catch(tellUnusable);
    }
  }
} catch (error) {
  if (!(error instanceof StartError || error instanceof InvalidInput)) throw error;
  process.stderr.write(maskedText(`flashpoint: ${error.message}\n`)); // it may repeat what was given
  process.exitCode = 1;
}

/** Agents are told UNAVAILABLE until it works; whoever started the server should know at once. */
function tellUnusable(error: unknown): void {
  const advice = "check the AWS credentials, AWS_REGION and FLASHPOINT_STACK; /readyz tells when it works";
  process.stderr.write(`flashpoint: ${errorText(error)}; ${advice}\n`);
}
