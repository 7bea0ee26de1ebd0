// Tokens as other programs make them: by node:crypto, and in any wrong way.
import * as crypto from "node:crypto";

export const kAlgorithms = ["HS256", "RS256", "ES256", "EdDSA"];
export const kSecret = "a-secret-of-more-than-thirty-two-bytes";

const kPairs = {
  RS256: () => crypto.generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ES256: () => crypto.generateKeyPairSync("ec", { namedCurve: "P-256" }),
  EdDSA: () => crypto.generateKeyPairSync("ed25519"),
};

// {publicKey, privateKey}; a secret has no halves.
export function new_pair(algorithm) {
  return algorithm === "HS256" ? { privateKey: kSecret } : kPairs[algorithm]();
}

export function pem_of(key) {
  return key.export({ type: key.type === "private" ? "pkcs8" : "spki", format: "pem" });
}

export function jwk_of(pair, kid) {
  const jwk = pair.publicKey?.export({ format: "jwk" })
    ?? { kty: "oct", k: Buffer.from(pair.privateKey).toString("base64url") };
  return { ...jwk, kid };
}

export const encode = (value) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

export function signature_of(algorithm, key, text, encoding = "ieee-p1363") {
  const bytes = Buffer.from(text);
  if (algorithm === "HS256") return crypto.createHmac("sha256", key).update(bytes).digest();
  if (algorithm === "EdDSA") return crypto.sign(null, bytes, key);
  const options = algorithm === "ES256" ? { key, dsaEncoding: encoding } : key;
  return crypto.sign("sha256", bytes, options);
}

export const seconds_from_now = (seconds) => Math.floor(Date.now() / 1000) + seconds;

export const claims_of = (sub, more = {}) => ({ sub, exp: seconds_from_now(60), ...more });

// `header` and `claims` are values, or texts as they are to be signed.
export function sign(algorithm, key, claims, header = { alg: algorithm, typ: "JWT" }) {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${signature_of(algorithm, key, text).toString("base64url")}`;
}
