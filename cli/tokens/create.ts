import { randomBytes } from "node:crypto";
import type { Command } from "commander";
import { readTokenServices, type StoredToken, tokenState } from "../../shared/access/stored-token.ts";
import { makeToken, RANDOM_BYTES, tokenHash, tokenId } from "../../shared/access/token.ts";
import { tokenNameFault } from "../../shared/access/token-name.ts";
import { type Fault, InvalidInput, Unavailable } from "../../shared/errors.ts";
import { MAX_GLOBS } from "../../shared/service-globs.ts";
import { append } from "../append.ts";
import { commandLineFor } from "../command-line.ts";
import { durationMs } from "../duration.ts";
import { print } from "../output.ts";
import { outputFormat } from "../output-format.ts";
import { withStores } from "../stores.ts";
import { printableLines } from "../terminal/printable.ts";
import { notCutShort } from "../terminal/until-stopped.ts";
import { tokenJson } from "./token-json.ts";

const EXPIRES_MS = { least: 60_000, most: 3_650 * 86_400_000 };
/** As many as it takes to pass from one to the next; a third means that an earlier one was never ended. */
const MAX_ACTIVE = 2;

export function addCreate(tokens: Command): void {
  tokens
    .command("create")
    .description("make a token and show it, this once, alone on standard output")
    .argument("<name>", `who gets it, for instance a cluster; of one name ${MAX_ACTIVE} may be in force`)
    .option("--service <glob>", "services that it speaks for, repeatable; without, all; !glob takes out", append)
    .option("--expires <time>", "how long it works, 1m to 3650d; without, until it is revoked")
    .addHelpText(
      "after",
      `
Examples:
  flashpoint tokens create cluster-a --expires 90d > token
  flashpoint tokens create shop --service 'shop::*' > token`,
    )
    .action(async (name: string, { service, expires }: Options, command: Command) => {
      const faults = [tokenNameFault(name), servicesFault(service)].filter((fault) => fault !== undefined);
      if (faults.length > 0) throw new InvalidInput("token", faults);
      const token = makeToken(randomBytes(RANDOM_BYTES));
      const at = Date.now();
      const stored: StoredToken = {
        tokenHash: tokenHash(token),
        name,
        ...(service !== undefined && { services: service }),
        createdAt: new Date(at).toISOString(),
        ...(expires !== undefined && { expiresAt: new Date(at + expiresMsOf(expires, command)).toISOString() }),
      };
      await withStores(command, async ({ tokenStore }) => {
        assertRoom(await tokenStore.list(), stored, command);
        await notCutShort(async () => {
          await tokenStore.put(stored).catch((error) => {
            throw error instanceof Unavailable ? undecided(error, stored, command) : error;
          });
          print(command, { ...tokenJson(stored, at), token }, () => token, { showsSecret: true });
        });
      });
      if (outputFormat(command) !== "table") return;
      const revoke = commandLineFor(command)("tokens revoke", tokenId(stored.tokenHash));
      const speaks = service === undefined ? "" : `speaks for ${service.join(", ")} alone; `;
      const lasts = stored.expiresAt === undefined ? "" : `expires ${stored.expiresAt}; `;
      process.stderr.write(
        printableLines(
          `${name}: token ${tokenId(stored.tokenHash)} made, shown this once; ${speaks}${lasts}\`${revoke}\` ends it\n` +
            "Agents send it as metadata Authentication (Rover: ROVER_BACKEND_AUTHENTICATION) or as Authorization: Bearer.\n",
        ),
      );
    });
}

interface Options {
  service?: string[];
  expires?: string;
}

function servicesFault(service: readonly string[] | undefined): Fault | undefined {
  if (service === undefined || readTokenServices(service) !== undefined) return undefined;
  return { path: "--service", problem: `takes 1 to ${MAX_GLOBS} globs, of 16 KiB together, for instance "shop::*"` };
}

/** The same error, with what may have come of it. */
function undecided({ message, cause }: Unavailable, { tokenHash }: StoredToken, command: Command): Unavailable {
  const [commandLine, id] = [commandLineFor(command), tokenId(tokenHash)];
  return new Unavailable(
    `token ${id} may have been made, though nobody has seen it; \`${commandLine("tokens list")}\` shows it then, and ` +
      `\`${commandLine("tokens revoke", id)}\` ends it: ${message}`,
    { cause },
  );
}

function assertRoom(all: readonly StoredToken[], { name, createdAt }: StoredToken, command: Command): void {
  const active = all.filter((token) => token.name === name && tokenState(token, Date.parse(createdAt)) === "active");
  const [oldest] = active;
  if (oldest === undefined || active.length < MAX_ACTIVE) return;
  const revoke = commandLineFor(command)("tokens revoke", tokenId(oldest.tokenHash));
  command.error(`error: ${active.length} tokens named ${name} are in force already; \`${revoke}\` ends the oldest`);
}

function expiresMsOf(text: string, command: Command): number {
  const ms = durationMs(text);
  if (ms === undefined || ms < EXPIRES_MS.least || ms > EXPIRES_MS.most) {
    command.error("error: option '--expires' takes 1m to 3650d, for instance 12h or 90d");
  }
  return ms;
}
