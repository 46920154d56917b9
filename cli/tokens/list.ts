import type { Command } from "commander";
import { type StoredToken, tokenState } from "../../shared/access/stored-token.ts";
import { tokenId } from "../../shared/access/token.ts";
import { shortText } from "../../shared/diagnosis/short-text.ts";
import { commandLineFor } from "../command-line.ts";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";
import { table } from "../terminal/table.ts";
import { tokenJson } from "./token-json.ts";

const HEADINGS = ["NAME", "ID", "SERVICES", "CREATED", "EXPIRES", "STATE"];

export function addList(tokens: Command): void {
  tokens
    .command("list")
    .description("list all tokens, those too that do not work any more; the tokens themselves are kept nowhere")
    .addHelpText(
      "after",
      `
Examples:
  flashpoint --local tokens list
  flashpoint tokens list -o json | jq -r '.[] | select(.state == "active").name'`,
    )
    .action(async (_options: object, command: Command) => {
      const stored = await withStores(command, ({ tokenStore }) => tokenStore.list());
      const at = Date.now();
      print(
        command,
        stored.map((token) => tokenJson(token, at)),
        () => {
          if (stored.length === 0)
            return `There are no tokens; \`${commandLineFor(command)("tokens create NAME")}\` makes one.`;
          return table(
            HEADINGS,
            stored.map((token) => row(token, at)),
          );
        },
      );
    });
}

function row(token: StoredToken, at: number): string[] {
  const { tokenHash, name, services = ["*"], createdAt, expiresAt = "-", revokedAt } = token;
  const state = tokenState(token, at);
  const speaksFor = services.length === 0 ? "none (not readable)" : services.join(", ");
  return [
    name,
    tokenId(tokenHash),
    shortText(speaksFor),
    createdAt,
    expiresAt,
    state === "revoked" ? `revoked ${revokedAt}` : state,
  ];
}
