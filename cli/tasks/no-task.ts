import type { CommandLine } from "../../shared/diagnosis/command-line.ts";
import { NotFound } from "../../shared/errors.ts";

/** That there is no task of this id, and where there are some. */
export function noTask(taskId: string, commandLine: CommandLine, scope = ""): NotFound {
  return new NotFound(`there is no task ${taskId}${scope}; \`${commandLine("tasks list")}\` names them`);
}
