import { createFunctionUrlHandler } from "../../functions/agent-api/function-url.ts";
import { localAws } from "../../server/local/local-aws.ts";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { loadConfig } from "../../shared/config.ts";
import { errorText } from "../../shared/errors.ts";
import { createLogger } from "../../shared/log.ts";
import { routes } from "../../shared/routes.ts";
import { createUniversalHandler } from "../../shared/rpc/universal-handler.ts";
import { createServices } from "../../shared/services.ts";
import { CHILD_ENV, type FromChild, type ToChild } from "./child-messages.ts";
import { createRandom } from "./random.ts";
import { createLambdaUrl } from "./targets/lambda-url.ts";
import { createSqsEvents } from "./targets/sqs-events.ts";
import { usageNow } from "./usage.ts";

// The Lambda functions' handlers in a process of their own, over the engines of the server's: what they use, and whether
// they live, can be told apart from whoever drives them.
const {
  seed = "",
  token = "",
  dynamodb = "",
  sqs = "",
} = Object.fromEntries(Object.entries(CHILD_ENV).map(([name, variable]) => [name, process.env[variable]]));
const config = loadConfig({ FLASHPOINT_REQUIRE_TOKEN: "true", FLASHPOINT_RETRY_SCHEDULE: "1" });
const services = createServices({
  config,
  log: createLogger("warn", process.stderr),
  aws: createAwsClients(localAws(dynamodb, sqs)),
});
const targets = [
  createLambdaUrl({ handler: createFunctionUrlHandler(createUniversalHandler(routes(services))), token }),
  createSqsEvents({ handlers: services.handlers }),
];
let done: Extract<FromChild, { done: unknown }>["done"][number][] = [];

process.on("message", (message: ToChild) => {
  if ("ask" in message) tell({ usage: usageNow() });
  else for (const [index, target] of message.run) run(index, target);
});
process.on("disconnect", () => process.exit());

async function run(index: number, name: string): Promise<void> {
  const target = targets.find((target) => target.name === name);
  if (target === undefined) throw new Error(`there is no target ${name}`);
  let sent = "";
  const random = createRandom(seed, index);
  random.number(); // which chose the target
  const answer = await target
    .run(random, index, (what) => {
      sent = what;
    })
    .catch((error) => ({ kind: "thrown", fault: `threw ${error instanceof Error ? error.stack : errorText(error)}` }));
  done.push(answer.fault === undefined ? { index, answer } : { index, answer, sent });
  if (done.length === 1) setImmediate(flush);
}

function flush(): void {
  tell({ done });
  done = [];
}

function tell(message: FromChild): void {
  process.send?.(message);
}
