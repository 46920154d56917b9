import { number, verdict } from "../table.ts";
import type { Bill } from "./bill.ts";
import type { CostReport } from "./cost-report.ts";
import type { EdgeSize } from "./edge-size.ts";

/** A report for the screen. */
export function costText({ about, bill, edge, processes, breakEven, targets, notes }: CostReport): string {
  const rows = bill.lines
    .filter(({ quantity }) => quantity > 0)
    .map(({ what, quantity, unit, price, per, amount }) => [
      what,
      number(quantity),
      unit,
      `${price} for ${number(per)}`,
      money(amount),
    ]);
  const sums = sumsOf(bill).map(([what, amount]) => [what, "", "", "", money(amount)]);
  const crossing =
    breakEven === undefined
      ? "Whatever the number of agents, the edge costs more than the function URL."
      : `From ${number(breakEven)} agents on, the edge costs no more than the function URL.`;
  return [
    ...about,
    "",
    aligned([["a month", "quantity", "", `price, ${bill.currency}`, bill.currency], ...rows, ...sums]),
    edge === undefined ? `Instances of the agents' function that stay warm: ${number(processes)}.` : tasksText(edge),
    crossing,
    ...notes,
    "",
    "targets, asked of the stack alone, with these options of it and the fleets' defaults; beside them what comes on top",
    aligned(
      targets.map(({ what, stack, atMost, monitoring, data }) => [
        what,
        money(stack),
        verdict({ what, value: stack, unit: bill.currency, atMost }),
        `monitoring ${money(monitoring)}, data ${money(data)}, together ${money(stack + monitoring + data)}`,
      ]),
    ),
  ].join("\n");
}

function tasksText({ tasks, busyShare, spareTimes }: EdgeSize): string {
  const use = `Tasks of the edge: ${number(tasks)}, whose processors the agents use to ${number(busyShare * 100)} %`;
  if (busyShare === 0) return `${use}.`;
  return `${use}; a call may take ${number(spareTimes)} times as long before the edge grows by a task.`;
}

function sumsOf({ stack, monitoring, data, total }: Bill): [string, number][] {
  return [
    ["The stack alone", stack],
    ["Monitoring", monitoring],
    ["Data", data],
    ["Together", total],
  ];
}

function money(amount: number): string {
  return amount.toFixed(2);
}

/** In columns; numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce(
    (wide, row) => row.map((cell, at) => Math.max(wide[at] ?? 0, cell.length)),
    [] as number[],
  );
  const isNumber = rows.map((row) => row.map((cell) => /^-?[\d,.]+$/.test(cell)));
  const column = (at: number): boolean => isNumber.some((row) => row[at] === true);
  return rows
    .map((row) => row.map((cell, at) => (column(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0))))
    .map((cells) => `  ${cells.join("  ").trimEnd()}\n`)
    .join("");
}
