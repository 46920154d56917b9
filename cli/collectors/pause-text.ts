import type { Pause } from "../../shared/collectors/collector-health.ts";
import type { CommandLine } from "../../shared/diagnosis/command-line.ts";
import { shortText } from "../../shared/diagnosis/short-text.ts";

/** That a collector is paused, why, and what ends that; goes on behind its name. */
export function pauseText(name: string, { reason }: Pause, commandLine: CommandLine): string {
  const resume = commandLine("collectors resume", name);
  return `is paused (${shortText(reason)}): its deliveries go to the dead letters until \`${resume}\``;
}
