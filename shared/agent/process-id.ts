import { hash } from "node:crypto";

/**
 * The ids that the SkyWalking world derives from names. They need no storage: whoever knows the names knows the id.
 * Text is UTF-8, base64 is the standard one with padding.
 */

/** base64 of the name, and `.1`: a service that exists and is not guessed. */
export function serviceIdOf(serviceName: string): string {
  return `${base64(serviceName)}.1`;
}

export function instanceIdOf(serviceName: string, instanceName: string): string {
  return `${serviceIdOf(serviceName)}_${base64(instanceName)}`;
}

/** SHA-256 in small hexadecimal digits. Neither pid nor layer enters it: a restarted process keeps its id. */
export function processIdOf(process: { serviceName: string; instanceName: string; processName: string }): string {
  return hash("sha256", `${process.processName}_${instanceIdOf(process.serviceName, process.instanceName)}`, "hex");
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
