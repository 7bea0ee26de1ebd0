// Users' tokens, made by others' programs, as PUT /members/me takes and refuses them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { run_rollcall, start_rollcall, temporary_folder, wait_for } from "./harness.mjs";
import {
  claims_of, encode, jwk_of, kAlgorithms, kSecret, new_pair, pem_of, seconds_from_now, sign,
  signature_of,
} from "./tokens.mjs";
import { assert_error, call } from "./wire.mjs";

const kMe = "/api/v1/rosters/crm_navbar/members/me";
const kRoster = '[[roster]]\nname = "crm_navbar"\n';
const kGatewaySecret = "a-secret-of-the-gateway";

const put = (server, headers, path = kMe) => call(server, "PUT", path, { headers });
const bear = (server, token, more = {}) =>
  put(server, { authorization: `Bearer ${token}`, ...more });

function key_file(t, bytes) {
  const file = join(temporary_folder(t), "keys");
  writeFileSync(file, bytes);
  return file;
}

// Put in its place at once, as a tool that rotates keys does.
function replace_file(file, bytes) {
  writeFileSync(`${file}.new`, bytes);
  renameSync(`${file}.new`, file);
}

function start(t, auth, { dev = false, more = "" } = {}) {
  const lines = Object.entries(auth).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
  return start_rollcall(t, { dev, config: `[auth]\n${lines.join("")}${more}${kRoster}` });
}

async function assert_user(server, answer, user) {
  assert.equal(answer.status, 200, `${user}: ${answer.status} ${answer.body}`);
  assert.equal(answer.body, '{"online":1}', user);
}

for (const algorithm of kAlgorithms) {
  test(`${algorithm}: a token signed by node:crypto is taken, by file and by set`, async (t) => {
    const pair = new_pair(algorithm);
    const other = new_pair(algorithm === "HS256" ? "RS256" : algorithm);
    const single = algorithm === "HS256"
      ? { secret_file: key_file(t, `${kSecret}\n`) }
      : { public_key_file: key_file(t, pem_of(pair.publicKey)) };
    const keys = { keys: [jwk_of(other, "other"), jwk_of(pair, "2026-01")] };
    const set = { jwks_file: key_file(t, JSON.stringify(keys)) };
    for (const source of [single, set]) {
      const server = await start(t, { algorithm, ...source });
      const header = { alg: algorithm, kid: "2026-01" };
      const token = sign(algorithm, pair.privateKey, claims_of("ann"), header);
      await assert_user(server, await bear(server, token), "ann");
      assert.equal((await call(server, "DELETE", kMe, {
        headers: { authorization: `Bearer ${token}` },
      })).status, 204);
      const named = (kid) =>
        sign(algorithm, pair.privateKey, claims_of("ann"), { ...header, kid });
      if (source !== set) continue;
      for (const kid of ["other", "2026-02", "", undefined]) {
        assert_error(await bear(server, named(kid)), 401, "invalid_token");
      }
    }
  });
}

const kSignInPython = `
import base64, hashlib, hmac, json, sys
encode = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=")
secret, claims = sys.argv[1:]
text = encode(b'{"typ":"JWT","alg":"HS256"}') + b"." + encode(claims.encode())
print((text + b"." + encode(hmac.new(secret.encode(), text, hashlib.sha256).digest())).decode())
`;

const kSignInRuby = `
require "openssl"
require "base64"
encode = ->(data) { Base64.urlsafe_encode64(data, padding: false) }
pem, claims = ARGV
text = encode.('{"typ":"JWT","alg":"RS256"}') + "." + encode.(claims)
print text + "." + encode.(OpenSSL::PKey.read(pem).sign("SHA256", text))
`;

test("tokens made by Python and Ruby are taken", async (t) => {
  const claims = JSON.stringify(claims_of("ann"));
  const of_python = await start(t, { secret: kSecret });
  const hmac = String(execFileSync("python3", ["-c", kSignInPython, kSecret, claims])).trim();
  await assert_user(of_python, await bear(of_python, hmac), "Python");

  const pair = new_pair("RS256");
  const of_ruby = await start(t, {
    algorithm: "RS256", public_key_file: key_file(t, pem_of(pair.publicKey)),
  });
  const words = ["-e", kSignInRuby, "--", pem_of(pair.privateKey), claims];
  const rsa = String(execFileSync("ruby", words));
  await assert_user(of_ruby, await bear(of_ruby, rsa), "Ruby");
});

// Each is signed rightly, but for what its name says.
function bad_tokens() {
  const good = claims_of("ann", { iss: "https://id.example", aud: "rollcall" });
  const signed = (claims, header) => sign("HS256", kSecret, claims, header);
  const changed = (more) => signed({ ...good, ...more });
  const headed = (more) => signed(good, { alg: "HS256", ...more });
  const text = JSON.stringify(good);
  const token = signed(good);
  const signed_part = token.slice(0, token.lastIndexOf(".") + 1);
  const last = token.at(-1);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const wrong_bits = alphabet[alphabet.indexOf(last) ^ 1];
  return {
    unsigned: `${encode({ alg: "none" })}.${encode(good)}.`,
    "alg none": headed({ alg: "none" }),
    "alg None": headed({ alg: "None" }),
    "alg in another case": headed({ alg: "hs256" }),
    "no alg": signed(good, { typ: "JWT" }),
    "two alg": signed(good, '{"alg":"HS256","alg":"HS256"}'),
    "alg of another key": headed({ alg: "RS256" }),
    crit: headed({ crit: ["exp"], exp: 1 }),
    "b64 false": headed({ b64: false }),
    jwk: headed({ jwk: { kty: "oct", k: encode(kSecret) } }),
    jku: headed({ jku: "https://a.example/keys.json" }),
    x5u: headed({ x5u: "https://a.example/keys.pem" }),
    x5c: headed({ x5c: ["AAAA"] }),
    "no exp": changed({ exp: undefined }),
    "exp a string": changed({ exp: String(good.exp) }),
    "exp past": changed({ exp: seconds_from_now(-1) }),
    "nbf future": changed({ nbf: seconds_from_now(90) }),
    "iat future": changed({ iat: seconds_from_now(90) }),
    "no iss": changed({ iss: undefined }),
    "another iss": changed({ iss: "https://id.example." }),
    "no aud": changed({ aud: undefined }),
    "another aud": changed({ aud: ["a", "b"] }),
    "no sub": changed({ sub: undefined }),
    "sub empty": changed({ sub: "" }),
    "sub a number": changed({ sub: 7 }),
    "sub too long": changed({ sub: "u".repeat(129) }),
    "two sub": signed(`${text.slice(0, -1)},"sub":"ann"}`),
    "two exp": signed(`${text.slice(0, -1)},"exp":${good.exp}}`),
    padding: `${token}=`,
    "a space within": `${signed_part.slice(0, -1)} .${token.slice(signed_part.length)}`,
    "a foreign alphabet": signed_part + "+".repeat(43),
    "trailing bits": token.slice(0, -1) + wrong_bits,
    "two parts": signed_part.slice(0, -1),
    "four parts": `${token}.AAAA`,
    "one part": "token",
    "over 8 KiB": changed({ filling: "x".repeat(6200) }),
    "signed with another secret": sign("HS256", `${kSecret}!`, good),
    "another's signature": signed_part + changed({ jti: "1" }).split(".")[2],
  };
}

const without_date = ({ status, headers, body }) => {
  const { date, ...rest } = headers;
  return { status, headers: rest, body };
};

test("every bad token is refused alike, to the byte", async (t) => {
  const server = await start(t, {
    secret: kSecret, issuer: "https://id.example", audience: "rollcall",
  });
  const refusals = new Set();
  for (const [name, token] of Object.entries(bad_tokens())) {
    const answer = await bear(server, token);
    assert.equal(answer.status, 401, `${name}: ${answer.body}`);
    assert_error(answer, 401, "invalid_token");
    refusals.add(JSON.stringify(without_date(answer)));
  }
  assert.equal(refusals.size, 1, [...refusals].join("\n"));
  const good = claims_of("ann", { iss: "https://id.example", aud: ["x", "rollcall"] });
  const skewed = { ...good, nbf: seconds_from_now(20), iat: seconds_from_now(20) };
  await assert_user(server, await bear(server, sign("HS256", kSecret, good)), "ann");
  await assert_user(server, await bear(server, sign("HS256", kSecret, skewed)), "ann");
  assert_error(await put(server, {}), 401, "token_required");
  assert_error(await put(server, {}, `${kMe}?user_id=ann`), 401, "token_required");
  assert.ok(!server.errors().includes(encode(good).slice(0, 40)), "a token is in the log");
});

test("a public key is no secret, and a signature has one form", async (t) => {
  for (const algorithm of ["RS256", "ES256", "EdDSA"]) {
    const pair = new_pair(algorithm);
    const pem = pem_of(pair.publicKey);
    const server = await start(t, { algorithm, public_key_file: key_file(t, pem) });
    const claims = claims_of("ann");
    const forged = [sign("HS256", pem, claims), sign("HS256", pem, claims, { alg: algorithm })];
    const text = `${encode({ alg: algorithm })}.${encode(claims)}`;
    const with_bytes = (bytes) => `${text}.${bytes.toString("base64url")}`;
    const right = signature_of(algorithm, pair.privateKey, text);
    forged.push(with_bytes(Buffer.alloc(right.length)), with_bytes(right.subarray(1)));
    forged.push(with_bytes(Buffer.concat([right, Buffer.alloc(1)])));
    if (algorithm === "ES256") {
      forged.push(with_bytes(signature_of(algorithm, pair.privateKey, text, "der")));
    }
    for (const token of forged) assert_error(await bear(server, token), 401, "invalid_token");
    await assert_user(server, await bear(server, with_bytes(right)), algorithm);
  }
});

test("keys that would be no protection end the start", async (t) => {
  const weak = pem_of((await import("node:crypto"))
    .generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey);
  const pem = pem_of(new_pair("ES256").publicKey);
  const complaints = [
    [`secret_file = "${key_file(t, "x".repeat(31))}"`, /auth\.secret_file: .* under 32 bytes/],
    [`secret_file = "${key_file(t, pem)}"`, /auth\.secret_file: .* a public key is no secret/],
    [`algorithm = "RS256"\npublic_key_file = "${key_file(t, weak)}"`, /has 1024 bits/],
    [`algorithm = "RS256"\npublic_key_file = "${key_file(t, pem)}"`, /is no RSA key/],
    [`algorithm = "EdDSA"\njwks_file = "${key_file(t, '{"keys":[]}')}"`, /holds no key for EdDSA/],
  ];
  for (const [lines, complaint] of complaints) {
    const file = key_file(t, `[auth]\n${lines}\n`);
    for (const words of [["serve", "--listen", "127.0.0.1:0", "--config", file],
      ["check-config", file]]) {
      const { code, errors } = await run_rollcall(t, words);
      assert.equal(code, 1, errors);
      assert.match(errors, complaint);
    }
  }
});

test("SIGHUP takes rotated keys, and keeps the old ones when the new are bad", async (t) => {
  const [old_pair, new_one] = [new_pair("ES256"), new_pair("ES256")];
  const set = (...keys) => JSON.stringify({ keys });
  const file = key_file(t, set(jwk_of(old_pair, "old")));
  const server = await start(t, { algorithm: "ES256", jwks_file: file });
  const token = (pair, kid) =>
    sign("ES256", pair.privateKey, claims_of("ann"), { alg: "ES256", kid });
  const status = async (pair, kid) => (await bear(server, token(pair, kid))).status;
  assert.equal(await status(old_pair, "old"), 200);
  assert.equal(await status(new_one, "new"), 401);

  replace_file(file, set(jwk_of(old_pair, "old"), jwk_of(new_one, "new")));
  server.child.kill("SIGHUP");
  await wait_for(async () => (await status(new_one, "new")) === 200, { what: "the new key" });
  assert.equal(await status(old_pair, "old"), 200);

  replace_file(file, '{"keys":[');
  server.child.kill("SIGHUP");
  await wait_for(() => server.errors().includes("not reloaded"), { what: "the complaint" });
  assert.match(server.errors(), /auth\.jwks_file: .* is no JSON object/);
  assert.equal(await status(new_one, "new"), 200);

  replace_file(file, set(jwk_of(new_one, "new")));
  server.child.kill("SIGHUP");
  await wait_for(async () => (await status(old_pair, "old")) === 401, { what: "the change" });
  assert.equal(await status(new_one, "new"), 200);
});

test("the gateway names users by its secret, whatever proxies are trusted", async (t) => {
  const more = `[gateway]\nsecret_file = "${key_file(t, `${kGatewaySecret}\n`)}"\n`
    + '[server]\ntrusted_proxies = ["127.0.0.0/8"]\n';
  const server = await start(t, { secret: kSecret }, { more });
  const bob = { "x-user-id": "bob" };
  const with_secret = (secret) => ({ ...bob, "x-gateway-secret": secret });
  await assert_user(server, await put(server, with_secret(kGatewaySecret)), "bob");
  const refused = [bob, with_secret("wrong"), with_secret(""),
    { "x-gateway-secret": kGatewaySecret }, { ...bob, "x-forwarded-for": "192.0.2.1" }];
  for (const headers of refused) {
    assert_error(await put(server, headers), 401, "token_required");
  }
  const token = sign("HS256", kSecret, claims_of("bob"));
  await assert_user(server, await bear(server, token, { "x-user-id": "eve" }), "bob");
  assert_error(await bear(server, "x", bob), 401, "invalid_token");
  const twice = { "x-user-id": ["bob", "eve"], "x-gateway-secret": kGatewaySecret };
  assert_error(await put(server, twice), 400);
  assert.ok(!server.errors().includes(kGatewaySecret));
});

test("--dev takes ?user_id=, and tokens when it can verify them", async (t) => {
  const server = await start(t, { secret: kSecret }, { dev: true });
  const token = sign("HS256", kSecret, claims_of("ann"));
  await assert_user(server, await put(server, {}, `${kMe}?user_id=ann`), "ann");
  const both = await put(server, { authorization: `Bearer ${token}` }, `${kMe}?user_id=bob`);
  await assert_user(server, both, "ann");
  const bad = await put(server, { authorization: "Bearer x" }, `${kMe}?user_id=bob`);
  assert_error(bad, 401, "invalid_token");
});

test("rollcall token makes what rollcall serve takes", async (t) => {
  for (const algorithm of kAlgorithms) {
    const pair = new_pair(algorithm);
    const auth = algorithm === "HS256"
      ? { secret: kSecret }
      : { public_key_file: key_file(t, pem_of(pair.publicKey)) };
    const server = await start(t, { algorithm, issuer: "here", audience: "rollcall", ...auth });
    const key = algorithm === "HS256"
      ? [] : ["--private-key-file", key_file(t, pem_of(pair.privateKey))];
    const words = ["token", "--config", server.file, "--sub", "ann", "--watch", "*", ...key];
    const { code, output, errors } = await run_rollcall(t, words);
    assert.equal(code, 0, errors);
    await assert_user(server, await bear(server, output.trim()), algorithm);
    const claims = JSON.parse(Buffer.from(output.split(".")[1], "base64url"));
    assert.equal(claims.exp - claims.iat, 3600);
    assert.deepEqual(claims.rollcall, { watch: ["*"] });
  }
});
