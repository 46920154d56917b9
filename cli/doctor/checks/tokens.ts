import { endsSoon, tokenState } from "../../../shared/access/stored-token.ts";
import { isToken, tokenHash, tokenId } from "../../../shared/access/token.ts";
import { untilText } from "../../../shared/diagnosis/until-text.ts";
import { pollDoor } from "../../door/doors-of.ts";
import type { Check, Context, Finding } from "../check.ts";

/** Whether somebody can get in where a token is asked for, and what the token of --token-file is worth. */
export const tokens: Check = {
  name: "tokens",
  needs: ["tables/tokens"],
  async run(context) {
    const general = await inForce(context);
    return context.token === undefined ? general : [...general, await finding(context.token, context)];
  },
};

async function inForce({ stores, doors, now, commandLine }: Context): Promise<Finding[]> {
  const [stored, asked] = await Promise.all([stores.tokenStore.list(), doors()]);
  const active = stored.filter((token) => tokenState(token, now) === "active");
  const isRequired = asked.some(({ answer }) => answer.asksForToken);
  const soon = active.filter((token) => endsSoon(token, now));
  if (isRequired && active.length === 0) {
    const detail = "a token is asked for, and none is in force: no agent gets in";
    return [{ status: "failed", detail, advice: `\`${commandLine("tokens create NAME")}\`` }];
  }
  const need = isRequired ? "and asked for" : "and not asked for";
  return [
    { status: "ok", detail: `${active.length} in force, ${need}` },
    ...soon.map(({ name, tokenHash: hashed, expiresAt = "" }): Finding => {
      const detail = `${name} (${tokenId(hashed)}) ends ${untilText(Date.parse(expiresAt), now)}`;
      return { status: "warning", detail, advice: `\`${commandLine("tokens create", name)}\` makes the next one` };
    }),
  ];
}

/** What becomes of a call that brings this token. */
async function finding(token: string, { stores, doors, now, commandLine }: Context): Promise<Finding> {
  const failed = (detail: string, advice: string): Finding => ({ status: "failed", detail, advice });
  const create = `\`${commandLine("tokens create NAME")}\` makes one`;
  if (!isToken(token))
    return failed("the given text is no token, or mistyped", `it takes fp_ and 49 characters; ${create}`);
  const stored = await stores.tokenStore.get(tokenHash(token));
  const id = tokenId(tokenHash(token));
  if (stored === undefined) return failed(`the given token (${id}) is not known here`, `check --stack; ${create}`);
  const whose = `the given token, ${stored.name} (${id})`;
  const state = tokenState(stored, now);
  if (state !== "active") {
    const since = state === "revoked" ? stored.revokedAt : stored.expiresAt;
    return failed(
      `${whose}, is ${state} since ${since}`,
      `\`${commandLine("tokens create", stored.name)}\` makes another`,
    );
  }
  const ends = await Promise.all(
    (await doors()).map(async ({ door }) => ({ door, poll: await pollDoor(door, token) })),
  );
  const refused = ends.find(({ poll }) => poll.end === "no-token");
  if (refused !== undefined)
    return failed(
      `${whose}, is in force, but ${refused.door.address} does not take it`,
      "is that the door of this stack?",
    );
  const { services, expiresAt } = stored;
  const scope =
    services === undefined ? "all services" : services.join(", ") || "no service, since they cannot be read";
  const until = expiresAt === undefined ? "until it is revoked" : `until ${expiresAt}`;
  return { status: services?.length === 0 ? "warning" : "ok", detail: `${whose}, is taken for ${scope}, ${until}` };
}
