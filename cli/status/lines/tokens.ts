import { endsSoon, tokenState } from "../../../shared/access/stored-token.ts";
import { untilText } from "../../../shared/diagnosis/until-text.ts";
import type { Line } from "../line.ts";

interface TokenFacts {
  inForce: number;
  /** Whether calls need one; null if no door said so. */
  required: boolean | null;
  /** Those in force that end soon, the first first. */
  endingSoon: { name: string; expiresAt: string }[];
}

export const tokens: Line<TokenFacts> = {
  name: "tokens",
  async gather({ tokenStore, doors, now }) {
    const [stored, asked] = await Promise.all([tokenStore.list(), doors()]);
    const inForce = stored.filter((token) => tokenState(token, now) === "active");
    const said = asked.flatMap(({ answer }) => answer.asksForToken ?? []);
    return {
      inForce: inForce.length,
      required: said.length === 0 ? null : said.some((asks) => asks),
      endingSoon: inForce
        .filter((token) => endsSoon(token, now))
        .map(({ name, expiresAt = "" }) => ({ name, expiresAt }))
        .sort((a, b) => Date.parse(a.expiresAt) - Date.parse(b.expiresAt)),
    };
  },
  show({ inForce, required, endingSoon }, { now, commandLine }) {
    const asks = required === null ? "not known whether required" : required ? "required" : "not required";
    const [first] = endingSoon;
    const soon = first === undefined ? "" : `; ${first.name} ends ${untilText(Date.parse(first.expiresAt), now)}`;
    const text = `${inForce} in force, ${asks}${soon}`;
    if (required && inForce === 0)
      return { state: "warning", text: `${text}: nobody gets in`, advice: commandLine("tokens create NAME") };
    if (first !== undefined) return { state: "warning", text, advice: commandLine("tokens create", first.name) };
    return { state: "good", text };
  },
};
