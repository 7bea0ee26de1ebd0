// What deploy/ gives to Docker and Kubernetes, held against the program that they run.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { wait_until_degraded, wait_until_healthy } from "./cluster.mjs";
import { free_port, run_rollcall, start_postgres, start_redis, start_rollcall, text_file }
  from "./harness.mjs";
import { call } from "./wire.mjs";
import { parse_yaml } from "./yaml.mjs";

const kRoot = fileURLToPath(new URL("../..", import.meta.url));
const kKey = "a-key-for-the-tests-only";
const kSecret = "0123456789abcdef0123456789abcdef";
const kToStopS = 10;

const text_of = (path) => readFileSync(join(kRoot, path), "utf8");
const document_of = (path) => parse_yaml(text_of(path))[0];
const seconds = (duration) => Number(/^(\d+)s$/.exec(duration)[1]);

// The values of print-config with that environment and file, by path.
async function settings_with(t, env, file) {
  const words = ["print-config", ...(file ? ["--config", file] : [])];
  const { code, output, errors } = await run_rollcall(t, words, { env });
  assert.equal(code, 0, errors);
  const settings = {};
  let section;
  for (const line of output.split("\n")) {
    section = /^\[(\S+)\]$/.exec(line)?.[1] ?? section;
    const [, key, value] = /^(\w+) = (.*)$/.exec(line) ?? [];
    if (key) settings[`${section}.${key}`] = JSON.parse(value);
  }
  return settings;
}

// Every variable is a setting, with a value that it takes.
async function assert_known(t, env) {
  const words = ["check-config", text_file(t, "")];
  const { code, errors } = await run_rollcall(t, words, { env });
  assert.equal(code, 0, errors);
  const variable_of = (path) => `ROLLCALL_${path.toUpperCase().replaceAll(".", "_")}`;
  const known = new Set(Object.keys(await settings_with(t, {})).map(variable_of));
  for (const name of Object.keys(env)) assert.ok(known.has(name), `${name} is no setting`);
}

// ENV lines of the Dockerfile.
function image_environment() {
  const text = text_of("deploy/Dockerfile").replaceAll("\\\n", " ");
  const [, pairs] = /^ENV (.*)$/m.exec(text);
  return Object.fromEntries(pairs.trim().split(/\s+/).map((pair) => pair.split("=")));
}

const with_host = (env, from, to) => Object.fromEntries(
  Object.entries(env).map(([name, value]) => [name, value.replace(from, to)]));

async function on_free_port(env, name) {
  const port = await free_port();
  return { env: { ...env, [name]: `127.0.0.1:${port}` }, server: { host: "127.0.0.1", port } };
}

// The image's own check of its health, as the shell of the container runs it.
function health_check() {
  const text = text_of("deploy/Dockerfile").replaceAll("\\\n", " ");
  return /^HEALTHCHECK .*? CMD (.*)$/m.exec(text)[1].trim();
}

test("the image: its files exist, its variables are settings", async (t) => {
  const dockerfile = text_of("deploy/Dockerfile");
  for (const [, path] of dockerfile.matchAll(/^RUN (\.\/\S+)/gm)) {
    assert.ok(existsSync(join(kRoot, path)), path);
  }
  assert.match(dockerfile, /^USER rollcall$/m);
  await assert_known(t, image_environment());
});

test("the image's health check: well, degraded but well, gone", async (t) => {
  const redis = await start_redis(t);
  const { env, server: admin } = await on_free_port(image_environment(),
    "ROLLCALL_SERVER_ADMIN_LISTEN");
  const server = await start_rollcall(t, { dev: false, env, args: ["--redis", redis.url] });
  await wait_until_healthy(server);
  const binary = process.env.ROLLCALL_BINARY ?? join(kRoot, "build/dev/rollcall");
  const check = health_check().replace("rollcall ", `${binary} `)
    .replace("127.0.0.1:8086", `127.0.0.1:${admin.port}`);
  const status = () => spawnSync("sh", ["-c", check]).status;
  assert.equal(status(), 0);
  await redis.stop();
  await wait_until_degraded(server);
  assert.equal(status(), 0);
  await server.stop();
  assert.notEqual(status(), 0);
});

test("compose: rollcall runs with its variables, and its stores", async (t) => {
  const { services, volumes } = document_of("deploy/compose.yaml");
  const given = new Set(text_of("deploy/compose.env").match(/^\w+(?==)/gm));
  const used = text_of("deploy/compose.yaml").matchAll(/\$\{(\w+)/g);
  for (const [, name] of used) assert.ok(given.has(name), `${name} is not in compose.env`);
  for (const [name, service] of Object.entries(services)) {
    const { volumes: mounts = [], depends_on = {} } = service;
    for (const mount of mounts) {
      const [source] = mount.split(":");
      const found = source.startsWith(".") ? existsSync(join(kRoot, "deploy", source))
        : source in volumes;
      assert.ok(found, `${name}: ${mount}`);
    }
    for (const [other, { condition }] of Object.entries(depends_on)) {
      const is_told = condition === "service_started" || services[other].healthcheck;
      assert.ok(is_told, `${other}: ${condition}`);
    }
  }
  // A new rollcall must not take the network from the proxy in front of it.
  assert.equal(services.rollcall.network_mode, "service:nginx");
  assert.deepEqual([services.nginx.network_mode, services.rollcall.ports], [undefined, undefined]);

  const { rollcall } = services;
  const values = { API_KEY: kKey, TOKEN_SECRET: kSecret, DATABASE_PASSWORD: "unused" };
  const fill = (text) => text.replace(/\$\{(\w+)[^}]*\}/g, (_, name) => values[name]);
  const filled = JSON.parse(fill(JSON.stringify(rollcall.environment)));
  await assert_known(t, filled);
  const settings = await settings_with(t, filled);
  assert.ok(seconds(rollcall.stop_grace_period) >= seconds(settings["server.drain"]) + kToStopS);
  assert.match(text_of("deploy/nginx.conf"), new RegExp(`server ${settings["server.listen"]};`));

  const redis = await start_redis(t);
  const postgres = await start_postgres(t);
  const env = with_host(with_host(filled, /^redis:\/\/redis:6379/, redis.url),
    /^postgresql:\/\/rollcall:unused@postgres:5432\/rollcall/, postgres.url);
  const server = await start_rollcall(t, { dev: false, env });
  await wait_until_healthy(server);
  const { status, json } = await call(server, "GET", "/api/v1/status",
    { headers: { "X-API-Key": kKey } });
  assert.equal(status, 200);
  assert.deepEqual([json.node, json.redis.up, json.postgres.up], ["compose", true, true]);
});

const kubernetes = (name) => document_of(`deploy/kubernetes/${name}.yaml`);

// The environment that Kubernetes gives to the container, with `secrets` by their keys.
function pod_environment(container, secrets) {
  const value_of = ({ value, valueFrom }) => value
    ?? (valueFrom.fieldRef ? "rollcall-5d8f9" : secrets[valueFrom.secretKeyRef.key]);
  const own = Object.fromEntries(container.env.map((entry) => [entry.name, value_of(entry)]));
  return { ...image_environment(), ...own };
}

test("Kubernetes: the parts refer to one another", () => {
  const { resources, configMapGenerator, images } = kubernetes("kustomization");
  const parts = resources.map((file) => document_of(`deploy/kubernetes/${file}`));
  const { Deployment, Service, PodDisruptionBudget, NetworkPolicy } =
    Object.fromEntries(parts.map((part) => [part.kind, part]));
  const labels = Deployment.spec.template.metadata.labels;
  for (const selector of [Deployment.spec.selector.matchLabels, Service.spec.selector,
    PodDisruptionBudget.spec.selector.matchLabels, NetworkPolicy.spec.podSelector.matchLabels]) {
    assert.deepEqual(selector, labels);
  }
  const { template: { spec: pod } } = Deployment.spec;
  const [container] = pod.containers;
  const ports = container.ports.map(({ name }) => name);
  assert.ok(ports.includes(Service.spec.ports[0].targetPort));
  for (const { ports: [{ port }] } of NetworkPolicy.spec.ingress) assert.ok(ports.includes(port));
  assert.equal(images[0].name, container.image);
  assert.equal(configMapGenerator[0].name, pod.volumes[0].configMap.name);
  assert.ok(Deployment.spec.replicas > PodDisruptionBudget.spec.maxUnavailable);
  assert.equal(pod.enableServiceLinks, false);
  const secrets = container.env.flatMap((entry) => entry.valueFrom?.secretKeyRef?.key ?? []);
  for (const key of secrets) {
    assert.match(text_of("deploy/kubernetes/kustomization.yaml"), new RegExp(`=${key}=`));
  }
});

test("Kubernetes: a pod runs with its settings, and gets the time that it needs", async (t) => {
  const pod = kubernetes("deployment").spec.template.spec;
  const [container] = pod.containers;
  const redis = await start_redis(t);
  const env = pod_environment(container, { "api-keys": kKey, "token-secret": kSecret,
    "redis-url": redis.url, "postgres-url": "" });
  await assert_known(t, env);
  const file = join(kRoot, "deploy/kubernetes/rollcall.toml");
  const checked = await run_rollcall(t, ["check-config", file], { env });
  assert.equal(checked.code, 0, checked.errors);
  assert.doesNotMatch(checked.output + checked.errors, /warning|no effect/);

  const settings = await settings_with(t, env, file);
  const port_of = (name) => container.ports.find((port) => port.name === name).containerPort;
  assert.equal(settings["server.listen"], `0.0.0.0:${port_of("http")}`);
  assert.equal(settings["server.admin_listen"], `0.0.0.0:${port_of("admin")}`);
  assert.equal(settings["server.node_name"], "rollcall-5d8f9");
  const [drain, spread] = ["server.drain", "realtime.drain_spread"].map((path) =>
    seconds(settings[path]));
  assert.ok(spread < drain);
  const wait = Number(container.lifecycle.preStop.exec.command.at(-1));
  assert.ok(pod.terminationGracePeriodSeconds >= wait + drain + kToStopS);

  const { env: local, server: admin } = await on_free_port(env, "ROLLCALL_SERVER_ADMIN_LISTEN");
  const server = await start_rollcall(t, { dev: false, env: local, args: ["--config", file] });
  await wait_until_healthy(server);
  for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
    const { path, port } = container[probe].httpGet;
    const target = { http: server, admin }[port];
    assert.equal((await call(target, "GET", path)).status, 200, probe);
  }
});
