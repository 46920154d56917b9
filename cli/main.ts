#!/usr/bin/env node
import { CommanderError } from "commander";
import { createProgram } from "./program.ts";
import { complain } from "./terminal/complain.ts";
import { hideSpinner } from "./terminal/spinner.ts";

// Whoever reads us, `head` for instance, may have seen enough.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

const [asked, shell = "", ...words] = process.argv.slice(2);
if (asked === "__complete") {
  const { answerShell } = await import("./completion/answer.ts");
  await answerShell(shell, words);
} else {
  await run();
}

async function run(): Promise<void> {
  const program = createProgram();
  try {
    await program.parseAsync();
  } catch (error) {
    hideSpinner();
    const { explain, FAILED, INTERRUPTED, MISUSED } = await import("./exit.ts");
    const { Interrupted } = await import("./terminal/interrupted.ts");
    const { twoIsAnAnswer } = await import("./two-is-an-answer.ts");
    const misused = (await twoIsAnAnswer(program, process.argv.slice(2))) ? FAILED : MISUSED;
    if (error instanceof Interrupted) {
      process.exitCode = INTERRUPTED;
    } else if (error instanceof CommanderError) {
      // It has said everything itself.
      process.exitCode = error.exitCode === 0 ? 0 : misused;
    } else {
      const { message, exitCode } = explain(error, program.opts());
      complain(`flashpoint: ${message}\n`);
      process.exitCode = exitCode === MISUSED ? misused : exitCode;
    }
  }
}
