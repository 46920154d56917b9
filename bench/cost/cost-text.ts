import { number, verdict } from "../table.ts";
import type { Bill } from "./bill.ts";
import type { CostReport } from "./cost-report.ts";

/** A report for the screen. */
export function costText({ about, bill, edge, processes, breakEven, targets, notes }: CostReport): string {
  const rows = bill.lines
    .filter(({ quantity }) => quantity > 0)
    .map(({ what, quantity, unit, price, per, amount }) => [
      what,
      number(quantity),
      unit,
      `${price} / ${per === 1 ? unit : number(per)}`,
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
    edge === undefined
      ? `Instances of the agents' function that stay warm: ${number(processes)}.`
      : `Tasks of the edge: ${number(edge.tasks)}, whose processors the agents use to ${number(edge.busyShare * 100)} %.`,
    crossing,
    ...notes,
    "",
    "targets, of the stack's own lines for the standard fleet, in the stack with these options",
    aligned(
      targets.map(({ what, stack, atMost, monitoring, data }) => [
        what,
        money(stack),
        verdict({ what, value: stack, unit: bill.currency, atMost }),
        `on top: monitoring ${money(monitoring)}, data ${money(data)}`,
      ]),
    ),
  ].join("\n");
}

function sumsOf({ stack, monitoring, data, total }: Bill): [string, number][] {
  return [
    ["The stack", stack],
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
