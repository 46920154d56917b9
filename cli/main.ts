#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { addAgentVerbs } from "./agents/verbs.ts";
import { addCollectorVerbs } from "./collectors/verbs.ts";
import { addDeliveryVerbs } from "./deliveries/verbs.ts";
import { addDoctor } from "./doctor/doctor.ts";
import { explain, FAILED, MISUSED } from "./exit.ts";
import { complain, complainOfUsage } from "./output.ts";
import { addPolicyVerbs } from "./policies/verbs.ts";
import { addStackVerbs } from "./stack/verbs.ts";
import { addStatus } from "./status/status.ts";
import { addTaskVerbs } from "./tasks/verbs.ts";
import { addTokenVerbs } from "./tokens/verbs.ts";
import { addWhy } from "./why/why.ts";

const program = new Command("flashpoint")
  .description("Sets policies, collectors and tokens, shows agents and tasks, and says why a policy did not fire.")
  .option("--local", "use the engines of `npm start` on this machine instead of AWS")
  .option("--stack <name>", "CloudFormation stack to work with; with --local, what names of tables start with")
  .option("--json", "print JSON for programs")
  .addHelpText(
    "after",
    `
Examples:
  flashpoint --local policies set checkout -f policy.yaml
  flashpoint --local collectors set hook --url http://127.0.0.1:9000/ --service 'checkout*'
  flashpoint --stack flashpoint tasks list --service checkout --json
  flashpoint --local why checkout

Without --local, the AWS environment decides: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB, …
For what was deployed, give --stack: the outputs of that stack say where everything is. Without --stack nobody is asked:
FLASHPOINT_STACK (else flashpoint) is what names of tables and queues start with, as for tables on DynamoDB Local.
Exit codes: 0 done, 1 failed, 2 wrong usage or input.`,
  )
  .configureOutput({ writeErr: complainOfUsage })
  .showHelpAfterError("Add --help to see what there is.")
  .exitOverride();

addPolicyVerbs(program);
addCollectorVerbs(program);
addTaskVerbs(program);
addDeliveryVerbs(program);
addAgentVerbs(program);
addTokenVerbs(program);
addStackVerbs(program);
addStatus(program);
addDoctor(program);
addWhy(program);

// Whoever reads us, `head` for instance, may have seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : MISUSED; // it has said everything itself
  } else {
    const { message, exitCode } = explain(error, program.opts());
    complain(`flashpoint: ${message}\n`);
    process.exitCode = exitCode ?? FAILED;
  }
}
