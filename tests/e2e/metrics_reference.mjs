// docs/metrics.md, made of what servers answer at /metrics.

// Labels whose values an operator chooses, or which are numbers without end.
const kOpenLabels = new Set(["roster", "policy", "version", "le"]);
const kFamilyOf = /_(bucket|sum|count)$/;

// {name: {name, type, help, labels: {name: Set of values}}} of a scrape.
export function families_of(text) {
  const families = {};
  for (const line of text.split("\n")) {
    const about = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (about) {
      const [, what, name, value] = about;
      families[name] = { name, labels: {}, ...families[name], [what.toLowerCase()]: value };
    }
    const sample = /^(rollcall\w*)(?:{(.*)})? /.exec(line);
    if (!sample) continue;
    const [, name, labels = ""] = sample;
    const family = families[name] ?? families[name.replace(kFamilyOf, "")];
    for (const [, label, value] of labels.matchAll(/(\w+)="([^"]*)"/g)) {
      (family.labels[label] ??= new Set()).add(value);
    }
  }
  return families;
}

function labels_text(labels) {
  return Object.entries(labels).filter(([name]) => name !== "le").map(([name, values]) =>
    kOpenLabels.has(name) ? `\`${name}\`` : `\`${name}\`: ${[...values].sort().join(", ")}`)
    .join("; ");
}

const row = ({ name, type, labels, help }) =>
  `| \`${name}\` | ${type} | ${labels_text(labels)} | ${help} |\n`;

const kBegin = `# Metrics

What \`/metrics\` answers, in the text format of Prometheus, version 0.0.4. A test makes this page
of the answers of servers, and fails when it differs.

The route needs an API key, as \`Authorization: Bearer KEY\`, or no key on \`server.admin_listen\`:

\`\`\`yaml
scrape_configs:
  - job_name: rollcall
    authorization:
      credentials_file: /etc/prometheus/rollcall.key
    static_configs:
      - targets: ["127.0.0.1:8085"]
\`\`\`

Each node tells of itself: sum over the nodes what they did, but not \`rollcall_online\`, which
each has of the whole roster where they share a store. Labels are bounded: \`roster\` and
\`policy\` are names from the settings. A histogram has the series \`_bucket\`, by \`le\`,
\`_sum\` and \`_count\`.
[outages.md](outages.md) says which ones to watch, and what for.
`;

const kColumns = "\n| name | type | labels | |\n| --- | --- | --- | --- |\n";

// `scrapes` are texts: of servers with nothing, with Redis, and with PostgreSQL and a policy.
export function metrics_reference({ bare, redis, postgres }) {
  const [alone, with_redis, with_postgres] = [bare, redis, postgres].map(families_of);
  const groups = { always: [], "with Redis or PostgreSQL": [], "with Redis": [],
    "with PostgreSQL": [], "with [[retention]]": [] };
  for (const family of Object.values({ ...with_postgres, ...with_redis })) {
    const { name } = family;
    const group = name in alone ? "always"
      : name.startsWith("rollcall_retention_") ? "with [[retention]]"
      : name in with_redis && name in with_postgres ? "with Redis or PostgreSQL"
      : name in with_redis ? "with Redis" : "with PostgreSQL";
    groups[group].push(family);
  }
  return kBegin + Object.entries(groups).filter(([, families]) => families.length > 0)
    .map(([title, families]) => `\n## ${title[0].toUpperCase()}${title.slice(1)}\n${kColumns}`
      + families.sort((a, b) => (a.name < b.name ? -1 : 1)).map(row).join("")).join("");
}
