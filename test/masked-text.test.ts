import { randomBytes } from "node:crypto";
import { describe, expect, it, test } from "vitest";
import { makeToken } from "../shared/access/token.ts";
import { makeSecret, maskSecret } from "../shared/collectors/webhook/secret.ts";
import { maskedText, withoutOwnSecrets } from "../shared/masked-text.ts";

const TOKEN = makeToken(randomBytes(32));
const SECRET = "whsec_C2FVsBQIhrscChlQ/MV+b5sSYspob7oD";

describe.each([
  ["maskedText", maskedText],
  ["withoutOwnSecrets", withoutOwnSecrets],
])("%s", (_name, mask) => {
  it.each([
    [`there is no token ${TOKEN} in force`, "there is no token fp_[masked] in force"],
    [`?token=${TOKEN}&x=1`, "?token=fp_[masked]&x=1"],
    [`mistyped ${TOKEN.slice(0, -3)}.`, "mistyped fp_[masked]."],
    [`unknown option '--secret${SECRET}'`, "unknown option '--secretwhsec_[masked]'"],
    [`two ${SECRET} ${SECRET}`, "two whsec_[masked] whsec_[masked]"],
    [encodeURIComponent(SECRET), "whsec_[masked]"],
    [`in JSON "${SECRET.replaceAll("/", "\\/")}"`, 'in JSON "whsec_[masked]"'],
  ])("masks a secret of ours in %j", (text, expected) => expect(mask(text)).toBe(expected));

  it.each([
    "fp_checkout_service_of_the_shop",
    `a secret takes whsec_ and 24 to 64 bytes`,
    maskSecret(makeSecret()),
    "this needs a token that is in force, as metadata Authentication or as Authorization: Bearer",
    "",
  ])("leaves %j as it is", (text) => expect(mask(text)).toBe(text));
});

describe("maskedText masks what is a secret wherever it stands:", () => {
  it.each([
    ["x-amz-security-token:FwoGZXIv//+w==\nhost:x", "x-amz-security-token:[masked]\nhost:x"],
    ["authorization: Bearer abcdefgh", "authorization: [masked]"],
    ['{"Authorization":"Basic YWRhOmg="}', '{"Authorization":"[masked]"}'],
    ["sent Bearer abcdefgh.ijk", "sent Bearer [masked]"],
    ["Credential=AKIDX/20260101/eu, Signature=ab12, x", "Credential=[masked], Signature=[masked], x"],
    ["/f?X-Amz-Signature=ab12&X-Amz-Date=1", "/f?X-Amz-Signature=[masked]&X-Amz-Date=1"],
    ["%26X-Amz-Security-Token%3Dab%252F", "%26X-Amz-Security-Token%3D[masked]"],
    ["key AKIAIOSFODNN7EXAMPLE is", "key [masked] is"],
    ["at https://ada:hunter2@example.com:9/x", "at https://[masked]@example.com:9/x"],
  ])("%j", (text, expected) => expect(maskedText(text)).toBe(expected));

  it.each(["http://127.0.0.1:9000/a:b@c", "user@example.com", "http://example.com/x?y=a:b@c", "Bearer, or not"])(
    "but not %j",
    (text) => expect(maskedText(text)).toBe(text),
  );
});

test("a line of JSON stays one, whatever is masked in it, and says the rest as before", () => {
  const said = [
    `x-amz-security-token:abcdefgh\nauthorization:AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/x, Signature=ab\\"`,
    `"${SECRET}" \\${SECRET}\\ '${TOKEN}'`,
    `"authorization":"Bearer ${TOKEN}","x":"http://a:b@c"`,
    'Authorization: \\"',
  ];
  for (const text of said) {
    const line = JSON.stringify({ text: JSON.stringify({ text }), after: "kept" });
    const { text: inner, after } = JSON.parse(maskedText(line));
    expect(after).toBe("kept");
    expect(Object.keys(JSON.parse(inner))).toEqual(["text"]);
    for (const secret of [SECRET, TOKEN, "abcdefgh", "AKIAIOSFODNN7EXAMPLE", "a:b"])
      expect(inner).not.toContain(secret);
  }
});

test("what is masked already stays as it is", () => {
  const once = maskedText(`authorization: Bearer abcdefgh, http://a:b@c/?X-Amz-Signature=ab ${TOKEN}`);
  expect(maskedText(once)).toBe(once);
});
