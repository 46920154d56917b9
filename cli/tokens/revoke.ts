import type { Command } from "commander";
import { type StoredToken, tokenState } from "../../shared/access/stored-token.ts";
import { tokenId } from "../../shared/access/token.ts";
import { isTokenId } from "../../shared/access/token-name.ts";
import { NotFound } from "../../shared/errors.ts";
import { commandLineFor } from "../command-line.ts";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";
import { addYesOption, confirm } from "../terminal/confirm.ts";
import { tokenJson } from "./token-json.ts";

export function addRevoke(tokens: Command): void {
  addYesOption(tokens.command("revoke"))
    .description("end a token for good, asking first on a terminal; servers that know it hear of it within a minute")
    .argument("<name>", "its name, if one of that name is in force, or its id")
    .addHelpText(
      "after",
      `
Examples:
  flashpoint tokens revoke cluster-a`,
    )
    .action(async (nameOrId: string, _options: object, command: Command) => {
      const { token, wasRevoked } = await withStores(command, async ({ tokenStore }) => {
        const { tokenHash, name, revokedAt } = choose(await tokenStore.list(), nameOrId, command);
        if (revokedAt === undefined) await confirm(command, `Revoke token ${tokenId(tokenHash)} of ${name} for good?`);
        return tokenStore.revoke(tokenHash);
      });
      const what = `${token.name}: token ${tokenId(token.tokenHash)}`;
      print(command, { ...tokenJson(token, Date.now()), wasRevoked }, () =>
        wasRevoked
          ? `${what} was revoked already, ${token.revokedAt}`
          : `${what} revoked; servers that know it refuse it within a minute`,
      );
    });
}

function choose(all: readonly StoredToken[], nameOrId: string, command: Command): StoredToken {
  const meant = isTokenId(nameOrId)
    ? all.filter(({ tokenHash }) => tokenHash.startsWith(nameOrId))
    : all.filter((token) => token.name === nameOrId && tokenState(token, Date.now()) === "active");
  const [token, ...others] = meant;
  if (token === undefined) {
    const list = commandLineFor(command)("tokens list");
    throw new NotFound(`there is no token ${nameOrId} in force; \`${list}\` shows what there is`);
  }
  if (others.length === 0) return token;
  const ids = meant.map(({ tokenHash, createdAt }) => `${tokenId(tokenHash)} (created ${createdAt})`).join(", ");
  command.error(`error: ${meant.length} tokens named ${nameOrId} are in force; say which by its id: ${ids}`);
}
