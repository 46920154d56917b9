import type { Config } from "../../shared/config.ts";
import type { ProfileRecord } from "../../shared/profiles/profile-item.ts";
import { printable } from "../terminal/printable.ts";

/** How to get the files of profiles and look at them, as docs/profiles.md tells; none without a file. */
export function filesText(
  profiles: readonly ProfileRecord[],
  { config, local }: { config: Pick<Config, "profileBucket" | "sqsPort">; local: boolean },
): string[] {
  const folder = profiles.map(({ profile }) => profile.objectKey.replace(/[^/]*$/, "")).find((key) => key !== "");
  if (folder === undefined) return [];
  const endpoint = local ? ` --endpoint-url http://127.0.0.1:${config.sqsPort}` : "";
  return [
    `files      aws${endpoint} s3 cp --recursive s3://${config.profileBucket}/${printable(folder)} profiles/`,
    "flames     go tool pprof -http : profiles/*.pb.gz",
  ];
}
