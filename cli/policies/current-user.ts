import { userInfo } from "node:os";

/** Who runs this program, as revisions name them. Containers often run under a number that no user has. */
export function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}
