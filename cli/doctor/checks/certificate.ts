import net from "node:net";
import tls from "node:tls";
import { connectionErrorText } from "../../../shared/egress/connection-error-text.ts";
import type { Door } from "../../door/door.ts";
import { type Check, type Finding, ok } from "../check.ts";

const DAY_MS = 86_400_000;
const SOON_MS = 21 * DAY_MS;
const PATIENCE_MS = 4_000;

/** Whether the certificates that agents see are good, and for how long. */
export const certificate: Check = {
  name: "certificate",
  needs: ["door"],
  async run({ doors, now }) {
    const secure = (await doors()).filter(({ door }) => door.isSecure);
    if (secure.length === 0) return ok("no address speaks TLS itself");
    return Promise.all(secure.map(({ door }) => finding(door, now)));
  },
};

async function finding(door: Door, now: number): Promise<Finding> {
  const { address, isLocal } = door;
  try {
    const { validTo, trouble } = await certificateOf(door);
    const left = validTo - now;
    const until = `${new Date(validTo).toISOString().slice(0, 10)} (in ${Math.floor(left / DAY_MS)} days)`;
    const advice = "renew it, and restart what holds it";
    if (left <= 0) return { status: "failed", detail: `${address}: its certificate has expired`, advice };
    // On this machine the server is asked by an address, which its certificate does not name.
    if (trouble !== undefined && !isLocal)
      return {
        status: "failed",
        detail: `${address}: agents do not trust its certificate: ${trouble}`,
        advice: "use one that is for this name",
      };
    if (left < SOON_MS) return { status: "warning", detail: `${address}: its certificate ends ${until}`, advice };
    return { status: "ok", detail: `${address}: its certificate lasts until ${until}` };
  } catch (error) {
    return {
      status: "failed",
      detail: `${address}: no TLS connection: ${connectionErrorText(error)}`,
      advice: "see `door`",
    };
  }
}

async function certificateOf({ kind, address }: Door): Promise<{ validTo: number; trouble: string | undefined }> {
  const { hostname, port } = new URL(kind === "HTTP" ? address : `https://${address}`);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const servername = net.isIP(host) === 0 ? host : "";
  const ALPNProtocols = kind === "HTTP" ? ["http/1.1"] : ["h2"];
  // It is looked at, whatever it is; nothing is sent.
  const socket = tls.connect({ host, port: Number(port || 443), servername, ALPNProtocols, rejectUnauthorized: false });
  const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${PATIENCE_MS} ms`)), PATIENCE_MS);
  try {
    await new Promise<void>((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
    const { valid_to } = socket.getPeerCertificate();
    const { authorized, authorizationError } = socket;
    return { validTo: Date.parse(valid_to), trouble: authorized ? undefined : String(authorizationError) };
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
