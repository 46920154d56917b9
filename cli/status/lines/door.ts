import type { AskedDoor } from "../../door/ask-all.ts";
import type { Line } from "../line.ts";

interface DoorFacts {
  kind: string;
  address: string;
  answers: boolean;
  /** How long it took; null if agents are not served. */
  ms: number | null;
  trouble: string | null;
  asksForToken: boolean | null;
}

/** Whether agents are served where they call. */
export const door: Line<DoorFacts[]> = {
  name: "door",
  gather: async ({ doors }) => (await doors()).map(factsOf),
  show(doors, { commandLine }) {
    if (doors.length === 0)
      return {
        state: "warning",
        text: "address not known here",
        advice: "--server URL, --stack NAME or --local says it",
      };
    const texts = doors.map(textOf);
    if (doors.every(({ answers }) => answers)) return { state: "good", text: texts.join(", ") };
    return { state: "bad", text: texts, advice: commandLine("doctor") };
  },
};

function factsOf({ door, answer }: AskedDoor): DoorFacts {
  const { kind, address } = door;
  const { ms, trouble = null, asksForToken = null } = answer;
  const answers = trouble === null;
  return { kind, address, answers, ms: answers ? ms : null, trouble, asksForToken };
}

function textOf({ kind, address, ms, trouble }: DoorFacts): string {
  return `${kind} ${address} ${trouble === null ? `${ms} ms` : `away: ${trouble}`}`;
}
