import type { Fault } from "../../errors.ts";
import type { CollectorBase } from "../collector-base.ts";
import type { OwnAttributes } from "../kind.ts";

/** An Apache SkyWalking OAP: takes tasks as agents report them. */
export interface SkyWalkingCollector extends CollectorBase {
  readonly kind: "skywalking";
  /** What the OAP asks agents for, if it does (`SW_AUTHENTICATION`); goes out as the metadata `Authentication`. */
  readonly authentication?: string;
}

const MAX_AUTHENTICATION = 2_048;
/** What metadata can carry (gRPC over HTTP/2, ASCII-Value); blanks around it get lost on the way. */
const AUTHENTICATION = new RegExp(`^(?! )[ -~]{1,${MAX_AUTHENTICATION}}(?<! )$`);

/** See `Kind.read`. */
export function readSkyWalking(
  { url, authentication }: Readonly<Record<string, unknown>>,
  faults: Fault[],
): OwnAttributes<SkyWalkingCollector> {
  if (typeof url === "string" && URL.canParse(url) && (new URL(url).pathname !== "/" || /[?#]/.test(url))) {
    faults.push({ path: "url", problem: "has more than host and port, for instance http://oap.example.com:11800" });
  }
  if (authentication === undefined) return {};
  if (typeof authentication === "string" && AUTHENTICATION.test(authentication)) return { authentication };
  const problem = `takes 1 to ${MAX_AUTHENTICATION} printable ASCII characters, no blanks around them`;
  faults.push({ path: "authentication", problem });
  return {};
}
