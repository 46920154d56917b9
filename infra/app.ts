import { InvalidInput } from "../shared/errors.ts";
import { createApp } from "./create-app.ts";
import { summary } from "./summary.ts";

try {
  const { app, stack } = createApp();
  process.stderr.write(`${summary(app.synth(), stack)}\n`);
} catch (error) {
  if (!(error instanceof InvalidInput)) throw error;
  process.stderr.write(`flashpoint: ${error.message}\n`);
  process.exitCode = 1;
}
