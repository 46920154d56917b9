/** AWS has no shorter ones (IAM API Reference, AccessKey); `local` is no secret. */
const LEAST_ACCESS_KEY = 16;

/** What makes a presigned link work (Signature Version 4, query parameters): whoever has it has the file. */
export function secretsOfLink(link: string): string[] {
  if (!URL.canParse(link)) return [];
  const { searchParams } = new URL(link);
  const [accessKey = ""] = searchParams.get("X-Amz-Credential")?.split("/") ?? [];
  return [
    searchParams.get("X-Amz-Signature") ?? "",
    searchParams.get("X-Amz-Security-Token") ?? "",
    accessKey.length < LEAST_ACCESS_KEY ? "" : accessKey,
  ];
}
