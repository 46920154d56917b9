import { inspectTable } from "../../../shared/diagnosis/inspect/inspect-table.ts";
import { TABLES, type TableId, tableName } from "../../../shared/resources.ts";
import { type Check, ok } from "../check.ts";
import { problemFindings } from "../problem-findings.ts";
import { resourceAdvice } from "../resource-advice.ts";

/** Whether every table is there, is as it is defined, and can be read. */
export const tables: Check = {
  name: "tables",
  needs: ["credentials"],
  async run({ stores, isLocal }) {
    const { aws, stack } = stores;
    const all = Object.entries(TABLES);
    const found = await Promise.all(
      all.map(([id, definition]) =>
        inspectTable(aws.documents, tableName(stack, id as TableId), definition, { hasExpiry: !isLocal }),
      ),
    );
    const problems = found.flat();
    if (problems.length === 0) return ok(`${all.length} there, ACTIVE, keyed as defined and readable`);
    return problemFindings(problems, {
      all: "tables",
      count: all.length,
      advice: (problem) => resourceAdvice(problem, isLocal),
      breaks: (names) => names.map((name) => `tables/${name.slice(stack.length + 1)}`),
    });
  },
};
