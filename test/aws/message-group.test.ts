import { type SendMessageRequest, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createQueue } from "../../shared/aws/queue.ts";
import { createDeliveryQueue } from "../../shared/deliveries/delivery-queue.ts";
import { openSqsQueue } from "../support/sqs-queue.ts";
import { startWorld, type World } from "../support/world.ts";

/** SQS, API reference of SendMessage: up to 128 letters, digits and these. */
const TAKEN_BY_SQS = /^[a-zA-Z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/;

let world: World;
let sqs: SQSClient;
beforeAll(async () => {
  world = await startWorld();
  const { sqsEndpoint: endpoint, region, credentials } = world.server.engines.aws;
  sqs = new SQSClient({ endpoint, region, credentials });
});
afterAll(async () => {
  sqs.destroy();
  await world.stop();
});

/** What goes to SQS while `send` runs: the group of each message by its body. Emulators do not tell it again. */
async function groupsOf(
  name: string,
  send: (queue: ReturnType<typeof createQueue>) => Promise<void>,
): Promise<Record<string, string | undefined>> {
  (await openSqsQueue(world.server.engines.aws, name)).close();
  const groups: Record<string, string | undefined> = {};
  sqs.middlewareStack.add(
    (next) => (args) => {
      const input = args.input as SendMessageRequest & { Entries?: SendMessageRequest[] };
      for (const { MessageBody, MessageGroupId } of input.Entries ?? [input])
        groups[MessageBody ?? ""] = MessageGroupId;
      return next(args);
    },
    { step: "initialize", name: "groups", override: true },
  );
  await send(createQueue(sqs, name));
  return groups;
}

test("each delivery waits in the group of its collector", async () => {
  const groups = await groupsOf("groups-of-deliveries", async (queue) => {
    await createDeliveryQueue(queue).sendAgain("first", "pager");
    await queue.sendAll([{ body: "second", group: "flames" }]);
  });
  expect(groups).toMatchObject({ first: "pager", second: "flames" });
});

test("whatever a collector is called, its group is one that SQS takes", async () => {
  const names = ["on call, EU", "Ünïcödé", "😀", "x".repeat(300), "a\nb", "punctuation: !\"#$%&'()*+,-./"];
  const groups = await groupsOf("groups-of-names", (queue) =>
    queue.sendAll(names.map((group, index) => ({ body: `name ${index}`, group }))),
  );
  for (const index of names.keys()) expect(groups[`name ${index}`]).toMatch(TAKEN_BY_SQS);
});

test("a message for nobody in particular has no group", async () => {
  const groups = await groupsOf("groups-of-nobody", (queue) =>
    queue.sendAll([{ body: "none" }, { body: "empty", group: "" }]),
  );
  expect(groups).toMatchObject({ none: undefined, empty: undefined });
});
