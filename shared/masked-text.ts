const MASKED = "[masked]";

/** Our own secrets: tokens (access/token.ts), also mistyped ones, and those of webhooks; `whsec_` and four is what we show. */
const OWN: readonly Rule[] = [
  [/fp_[A-Za-z0-9_-]{40,}/g, `fp_${MASKED}`],
  [/whsec_(?:[A-Za-z0-9+/=%]|\\+\/){5,}/g, `whsec_${MASKED}`],
];

/**
 * What else is a secret wherever it stands. AWS refuses a request whose signature is wrong by repeating it, the session's
 * token with it. None goes past a quote or a backslash, so that a line of JSON stays one; none asks for a word's beginning,
 * which in JSON may be the letter of an escape.
 */
const OTHERS: readonly Rule[] = [
  [
    /(authorization|authentication|x-amz-security-token)((?:\\*["'])?\s{0,9}[:=]\s{0,9}(?:\\*["'])?)(?:(?:Bearer|Basic) +)?[^\s"'\\,;]{8,}/gi,
    `$1$2${MASKED}`,
  ],
  [/Bearer +[A-Za-z0-9._~+/=-]{8,}/g, `Bearer ${MASKED}`],
  [/(X-Amz-(?:Signature|Credential|Security-Token)|Signature|Credential)(=|%3D)[^\s"'\\,&<>]+/gi, `$1$2${MASKED}`],
  [/(?:AKIA|ASIA)[A-Z0-9]{16}/g, MASKED],
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s"'\\/?#@:]{0,256}:[^\s"'\\/?#@]{1,256}@/gi, `$1${MASKED}@`],
];

type Rule = readonly [pattern: RegExp, mask: string];

/** A text with nothing in it that is a token of ours or a webhook's secret by its form; nothing else is changed. */
export function withoutOwnSecrets(text: string): string {
  return masked(text, OWN);
}

/**
 * A text, or a line of JSON, that people read: with nothing in it that is a secret by its form. A last net, for what
 * comes from elsewhere in words that nobody foresaw; whoever knows a secret masks it by its value.
 */
export function maskedText(text: string): string {
  return masked(masked(text, OWN), OTHERS);
}

function masked(text: string, rules: readonly Rule[]): string {
  return rules.reduce((kept, [pattern, mask]) => kept.replace(pattern, mask), text);
}
