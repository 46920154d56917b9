import { awayText } from "../away-text.ts";

/** Something that is not as it should be, of one table or queue. */
export interface Problem {
  /** Its name. */
  readonly of: string;
  readonly kind: "missing" | "wrong" | "not-allowed" | "away";
  /** Goes on behind the name, for instance `is not there`. */
  readonly text: string;
  /** Whether what was to be seen can be used all the same. */
  readonly isBearable: boolean;
}

/** What an engine's refusal means. */
export function problemIn(
  error: unknown,
  {
    of,
    engine,
    permission,
    isBearable = false,
  }: { of: string; engine: string; permission: string; isBearable?: boolean },
): Problem {
  const { name = "" } = causeOf(error);
  if (/ResourceNotFound|QueueDoesNotExist|NonExistentQueue/.test(name))
    return { of, kind: "missing", text: "is not there", isBearable: false };
  if (name.startsWith("AccessDenied") || name === "AuthorizationError")
    return { of, kind: "not-allowed", text: `takes the permission ${permission}, which you do not have`, isBearable };
  return { of, kind: "away", text: awayText(error) || `${engine} does not answer`, isBearable: false };
}

/** What the SDK threw, from under what we made of it. */
function causeOf(error: unknown): { name?: string } {
  if (!(error instanceof Error)) return {};
  return error.cause instanceof Error ? error.cause : error;
}
