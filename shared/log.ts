import { type DestinationStream, type Logger as PinoLogger, pino } from "pino";

/** What a line is written with. */
export type Logger = Pick<PinoLogger, "trace" | "debug" | "info" | "warn" | "error">;

/** Fields that may carry a secret, at the top and one level down, wherever somebody logs them. */
const SECRETS = [
  "secret",
  "previousSecret",
  "password",
  "token",
  "authorization",
  "Authorization",
  "authentication",
  "Authentication",
  "headers",
];

/** One JSON object a line. Secrets are masked by field name. */
export function createLogger(level: string, destination?: DestinationStream): PinoLogger {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: "[masked]" },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
