const MASK = "[masked]";
/** So much of a secret at the very end of the evidence counts as the secret, cut off; less gives little away. */
const CUT_OFF_CHARACTERS = 8;

/**
 * What a collector answered, as it may be kept: people read it who may not know the secrets that went with the request.
 * Each is masked where it stands, also as URLs, HTML, JSON or base64 write it, or cut off at the end; the rest stays.
 */
export function withoutSecrets(evidence: string, secrets: readonly string[]): string {
  // The longest first: where one begins like another, all of it goes.
  const writings = secrets.flatMap(writingsOf).sort((a, b) => b.length - a.length);
  let kept = "";
  for (let at = 0; at < evidence.length; ) {
    const found = writings.find((writing) => evidence.startsWith(writing, at) || isCutOff(writing, evidence, at));
    kept += found === undefined ? evidence[at] : MASK;
    at += found?.length ?? 1;
  }
  return kept;
}

function isCutOff(writing: string, evidence: string, at: number): boolean {
  const length = evidence.length - at;
  return length >= CUT_OFF_CHARACTERS && length < writing.length && writing.startsWith(evidence.slice(at));
}

/** How double and single quotes stand in HTML, by who escapes them: nobody, PHP, Python, XML's writers, Go. */
const QUOTES_IN_HTML = [
  ['"', "'"],
  ["&quot;", "&#39;"],
  ["&quot;", "&#x27;"],
  ["&quot;", "&apos;"],
  ["&#34;", "&#39;"],
] as const;

/** The secret as it is, and escaped in the usual ways. */
function writingsOf(secret: string): string[] {
  if (secret === "") return [];
  const text = secret.toWellFormed(); // as it goes out; nothing else can be escaped
  const inUrl = encodeURIComponent(text);
  const inForm = new URLSearchParams([["", text]]).toString().slice(1);
  const inUrls = [inUrl, inForm, encodeURIComponent(inUrl)]; // a link may be a parameter of another
  const inHtml = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const inJson = JSON.stringify(text).slice(1, -1);
  return [
    text,
    ...inUrls,
    ...inUrls.map((url) => url.replace(/%../g, (byte) => byte.toLowerCase())),
    ...QUOTES_IN_HTML.map(([double, single]) => inHtml.replaceAll('"', double).replaceAll("'", single)),
    inJson,
    inJson.replaceAll("/", "\\/"), // PHP
    ...[0, 1, 2].flatMap((offset) => inBase64(text, offset)),
  ];
}

/**
 * What stands of a text in the base64 of a longer one, in both alphabets (RFC 4648 §4, §5), where it begins so many bytes
 * into a group of three. Up to two of its bytes at either end share a group with what is around it, and give little away.
 */
function inBase64(text: string, offset: number): string[] {
  const bytes = Buffer.from(text, "utf8").subarray((3 - offset) % 3);
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 3));
  if (whole.length < CUT_OFF_CHARACTERS) return [];
  return [whole.toString("base64"), whole.toString("base64url")];
}
