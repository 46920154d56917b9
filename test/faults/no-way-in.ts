import { once } from "node:events";
import { createServer } from "node:net";
import { type Collector, sendEvent } from "../../shared/collectors/kinds.ts";
import { createEgress } from "../../shared/egress/egress.ts";
import { webhookTo } from "../support/collectors.ts";
import { taskReported } from "../support/delivered-events.ts";
import { lookupOf, SSRF_FORMS, type SsrfForm, ssrfUrl } from "../support/ssrf-forms.ts";
import { table } from "../support/table.ts";
import type { Stage, StageContext } from "./stage.ts";
import { steadyPort } from "./steady-port.ts";

/** What local mode allows beside public addresses. Everything else has to stay out, so nothing leaves this machine. */
const LOOPBACK = ["127.0.0.0/8", "::1/128"];
const HOSTS = ["127.0.0.1", "::1"];
/** What collectors are spoken to over. */
const KINDS = ["webhook", "grpc"] as const;
const PROTOCOLS = ["https", "http"] as const;

interface Row {
  readonly form: SsrfForm;
  /** How many of the ways were refused, without an allow list and with LOOPBACK. */
  readonly refused: { readonly without: number; readonly withLoopback: number };
}

const WAYS = KINDS.length * PROTOCOLS.length;

/** Every way to write an address that collectors may not have, through the whole path that deliveries take. */
export const noWayIn: Stage = {
  name: "no-way-in",
  question: "Does any form of a forbidden address get through?",
  async run(context) {
    const door = await openDoor(context);
    const rows: Row[] = [];
    for (const form of SSRF_FORMS) {
      const without = await refusals(form, [], door.port);
      rows.push({ form, refused: { without, withLoopback: Number.NaN } });
    }
    const knocks = door.knocks();
    const judged: Row[] = [];
    for (const { form, refused } of rows) {
      judged.push({ form, refused: { ...refused, withLoopback: await refusals(form, LOOPBACK, door.port) } });
    }
    context.print(
      table(
        ["form", "host", "no allow list", "loopback allowed"],
        judged.map(({ form, refused }) => [
          form.form,
          form.authority,
          textOf(refused.without),
          textOf(refused.withLoopback),
        ]),
      ),
    );
    const outside = judged.filter(({ form }) => !isLoopback(form));
    const inside = judged.filter(({ form }) => isLoopback(form));
    const shut = judged.filter(({ refused }) => refused.without === WAYS).length;
    const stillShut = outside.filter(({ refused }) => refused.withLoopback === WAYS).length;
    const open = inside.filter(({ refused }) => refused.withLoopback === 0).length;
    return [
      {
        promise: "without an allow list no form of a forbidden address gets through",
        measured: `${shut} of ${judged.length} forms refused ${WAYS} ways, ${knocks} connections`,
        isHeld: judged.length > 0 && shut === judged.length && knocks === 0,
      },
      {
        promise: "an allow list opens its own addresses",
        measured: `${open} of ${inside.length} forms of loopback let through, ${door.knocks()} connections`,
        isHeld: open === inside.length && door.knocks() > 0,
      },
      {
        promise: "an allow list opens nothing else",
        measured: `${stillShut} of ${outside.length} other forms refused`,
        isHeld: stillShut === outside.length && outside.length > 0,
      },
    ];
  },
};

/** A listener on both loopback addresses that hangs up on whoever connects. */
async function openDoor({ chance, atEnd }: StageContext): Promise<{ port: number; knocks(): number }> {
  const port = await steadyPort(chance, "door");
  let knocks = 0;
  for (const host of HOSTS) {
    const server = createServer((socket) => {
      knocks++;
      socket.on("error", () => {}).destroy();
    });
    server.listen(port, host);
    await once(server, "listening");
    atEnd(() => void server.close());
  }
  return { port, knocks: () => knocks };
}

/** In how many ways an event to this address is refused. */
async function refusals(form: SsrfForm, networks: readonly string[], port: number): Promise<number> {
  const egress = createEgress({ networks, lookup: lookupOf(form.resolvesTo ?? [form.address]) });
  try {
    const sent = KINDS.flatMap((kind) =>
      PROTOCOLS.map((protocol) => {
        const url = ssrfUrl(form, protocol, port);
        const collector = { ...webhookTo(url, { name: "inside", timeoutSeconds: 1 }), kind } as Collector;
        return sendEvent(collector, taskReported(), { stack: "flashpoint", egress });
      }),
    );
    const outcomes = await Promise.all(sent);
    return outcomes.filter((outcome) => outcome.kind === "refused" && outcome.reason.includes("blocked")).length;
  } finally {
    egress.close();
  }
}

function isLoopback({ address }: SsrfForm): boolean {
  return address.startsWith("127.") || address === "::1";
}

function textOf(refused: number): string {
  if (refused === WAYS) return "refused";
  return refused === 0 ? "let through" : `refused ${refused} of ${WAYS} ways`;
}
