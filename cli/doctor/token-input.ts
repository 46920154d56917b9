import { open } from "node:fs/promises";
import { errorText, InvalidInput } from "../../shared/errors.ts";

const MAX_BYTES = 4_096;

/**
 * Reads a token from a file, or from standard input for `-`. Never from the command line, which others on the machine see.
 * @throws InvalidInput if it cannot be read, or holds nothing.
 */
export async function readToken(file: string): Promise<string> {
  const fault = (problem: string): InvalidInput =>
    new InvalidInput("command line", [{ path: "--token-file", problem }]);
  const text = (
    await (file === "-" ? fromStandardInput() : fromFile(file)).catch((error) => {
      throw fault(`cannot be read: ${errorText(error)}`);
    })
  ).trim();
  if (text === "") throw fault("holds no token");
  return text;
}

async function fromFile(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function fromStandardInput(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin) {
    text += chunk;
    if (text.length > MAX_BYTES) break;
  }
  return text;
}
