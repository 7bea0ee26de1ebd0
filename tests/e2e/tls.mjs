// A certificate of "localhost" that nobody but the one who made it trusts.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { temporary_folder } from "./harness.mjs";

// Answers {config, trust}: for a server, and the environment of those who shall trust it.
export function make_certificate(t) {
  const folder = temporary_folder(t);
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt",
    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=rollcall",
    "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
    { stdio: "ignore" });
  const config = `[server.tls]
certificate_file = "${certificate}"
private_key_file = "${key}"
`;
  return { config, trust: { SSL_CERT_FILE: certificate } };
}
