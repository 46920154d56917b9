/** Secrets that nothing which is written may hold, in no form and not by half. */
export interface PlantedSecrets {
  /** From now on it is looked for. @returns the secret. */
  plant(what: string, secret: string): string;
  /** What is found in a text, for instance `password, in base64`; what `mayHold` names is passed over. */
  foundIn(text: string, mayHold?: readonly string[]): string[];
}

/** A half of it is as good as found: what is shown to tell two apart has four characters. */
const LEAST_HALF = 10;

export function plantSecrets(): PlantedSecrets {
  const planted = new Map<string, { secret: string; forms: [form: string, text: string][] }>();
  return {
    plant(what, secret) {
      planted.set(`${what} ${planted.size}`, { secret, forms: formsOf(secret) });
      return secret;
    },
    foundIn(text, mayHold = []) {
      return [...planted].flatMap(([what, { secret, forms }]) => {
        if (mayHold.includes(secret)) return [];
        const form = forms.find(([, written]) => text.includes(written));
        return form === undefined ? [] : [`${what}, ${form[0]}`];
      });
    },
  };
}

/** The ways in which a program could write a secret without meaning to. */
function formsOf(secret: string): [string, string][] {
  const half = Math.ceil(secret.length / 2);
  const halves: [string, string][] =
    half < LEAST_HALF
      ? []
      : [
          ["its first half", secret.slice(0, half)],
          ["its second half", secret.slice(-half)],
        ];
  const inUrl = encodeURIComponent(secret);
  const inJson = JSON.stringify(secret).slice(1, -1);
  return [
    ["as it is", secret],
    ...halves,
    ["in a URL", inUrl],
    ["in a URL in small letters", inUrl.replace(/%../g, (byte) => byte.toLowerCase())],
    ["in a URL twice", encodeURIComponent(inUrl)],
    ["in JSON", inJson],
    ["in JSON in JSON", JSON.stringify(inJson).slice(1, -1)],
    ["in JSON by PHP", inJson.replaceAll("/", "\\/")],
    ["in hexadecimal", Buffer.from(secret).toString("hex")],
    ...[0, 1, 2].flatMap((offset): [string, string][] => {
      const inBase64 = innerBase64(secret, offset);
      return [
        [`in base64 at ${offset}`, inBase64],
        [`in base64url at ${offset}`, inBase64.replaceAll("+", "-").replaceAll("/", "_")],
      ];
    }),
  ];
}

/** What of its base64 is the same whatever stands around it, where it begins so many bytes into a group of three. */
function innerBase64(secret: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
  const whole = bytes.length - (bytes.length % 3);
  return bytes
    .subarray(0, whole)
    .toString("base64")
    .slice(offset === 0 ? 0 : 4);
}
