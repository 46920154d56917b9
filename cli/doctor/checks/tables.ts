import pLimit from "p-limit";
import { inspectTable } from "../../../shared/diagnosis/inspect/inspect-table.ts";
import { TABLES, type TableId, tableName } from "../../../shared/resources.ts";
import { type Check, ok } from "../check.ts";
import { problemFindings } from "../problem-findings.ts";
import { resourceAdvice } from "../resource-advice.ts";

const AT_ONCE = 3;

/** Whether every table is there, is as it is defined, and can be read. */
export const tables: Check = {
  name: "tables",
  needs: ["credentials"],
  async run({ stores, isLocal }) {
    const { aws, stack } = stores;
    const [first, ...others] = Object.entries(TABLES).map(
      ([id, definition]) =>
        () =>
          inspectTable(aws.documents, tableName(stack, id as TableId), definition, { hasExpiry: !isLocal }),
    );
    // One says whether there is anybody to ask about the others.
    const found = [(await first?.()) ?? []];
    const isAway = found.flat().some(({ kind }) => kind === "away");
    const inTurn = pLimit(AT_ONCE);
    if (!isAway) found.push(...(await Promise.all(others.map((inspect) => inTurn(inspect)))));
    const count = 1 + others.length;
    const problems = found.flat();
    if (problems.length === 0) return ok(`${count} there, ACTIVE, keyed as defined and readable`);
    return problemFindings(problems, {
      all: "tables",
      count,
      advice: (problem) => resourceAdvice(problem, isLocal),
      breaks: (names) => (isAway ? ["tables"] : names.map((name) => `tables/${name.slice(stack.length + 1)}`)),
    });
  },
};
