import type { AskedDoor } from "../../door/ask-all.ts";
import type { Check, Finding } from "../check.ts";

/** Whether agents are served at each of their addresses. */
export const door: Check = {
  name: "door",
  needs: ["configuration"],
  async run({ doors, isLocal }) {
    const asked = await doors();
    if (asked.length === 0) {
      const detail = "no address of agents' is known: no CloudFormation stack was named";
      return [
        { status: "warning", detail, advice: "--server URL names one, --stack NAME all of a stack", breaks: ["door"] },
      ];
    }
    return asked.map((each) => finding(each, isLocal));
  },
};

function finding({ door, answer }: AskedDoor, isLocal: boolean): Finding {
  const { kind, address } = door;
  const { ms, trouble, asksForToken } = answer;
  if (trouble === undefined) {
    const who = asksForToken ? "asks every call for a token" : "lets in everybody who can reach it";
    return { status: "ok", detail: `${kind} ${address} answers in ${ms} ms and ${who}` };
  }
  const advice = isLocal
    ? "is `npm start` running? On other ports, set FLASHPOINT_HTTP_PORT and FLASHPOINT_GRPC_PORT"
    : "see the dashboard and alarms that `stack show` names; infra/RUNBOOK.md has a section for each";
  return { status: "failed", detail: `${kind} ${address}: ${trouble}`, advice, breaks: [] };
}
