import { type DestinationStream, type Logger as PinoLogger, pino } from "pino";
import { loggedError } from "./logged-error.ts";
import { maskedText } from "./masked-text.ts";

/** What a line is written with. */
export type Logger = Pick<PinoLogger, "trace" | "debug" | "info" | "warn" | "error">;

/** Fields that may carry a secret, wherever somebody logs them. */
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
  "credentials",
];
/** How deep they are looked for: at the top, and so many levels down. Errors have none (logged-error.ts). */
const LEVELS = ["", "*.", "*.*.", "*.*.*."];

/** One JSON object a line. Secrets are masked by the names of their fields, and in all texts by their form. */
export function createLogger(level: string, destination?: DestinationStream): PinoLogger {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: loggedError },
    redact: { paths: SECRETS.flatMap((name) => LEVELS.map((level) => `${level}${name}`)), censor: "[masked]" },
    hooks: { streamWrite: maskedText },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
