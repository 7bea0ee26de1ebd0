// Reads an OpenAPI document: the part of the standard that docs/openapi.json uses.
const kMethods = ["get", "put", "post", "delete"];

function matcher(path) {
  const pattern = new RegExp(`^${path.replace(/{\w+}/g, "[^/]+")}$`);
  return (url) => pattern.test(url);
}

export class OpenApiDocument {
  constructor(text) {
    this.root = JSON.parse(text);
  }

  // What a "$ref" stands for, or the part itself.
  resolve(part) {
    if (!part?.$ref) return part;
    const found = part.$ref.split("/").slice(1).reduce((node, name) => node?.[name], this.root);
    if (!found) throw new Error(`${part.$ref} leads nowhere`);
    return found;
  }

  // [{name, matches(url), method, security, url, body, responses}]; url and body ({type, text}, or
  // nothing) are examples.
  operations() {
    return Object.entries(this.root.paths).flatMap(([path, item]) =>
      kMethods.filter((method) => item[method]).map((method) => ({
        name: `${method} ${path}`,
        matches: matcher(path),
        method,
        security: item[method].security,
        url: this.example_url(path, item, item[method]),
        body: this.example_body(item[method]),
        responses: item[method].responses,
      })));
  }

  example_url(path, item, operation) {
    const parameters = [...(operation.parameters ?? []), ...(item.parameters ?? [])]
      .map((parameter) => this.resolve(parameter));
    const example_of = (name) => parameters.find((each) => each.name === name).example;
    return path.replace(/{(\w+)}/g, (_, name) => encodeURIComponent(example_of(name)));
  }

  example_body({ requestBody }) {
    if (!requestBody) return undefined;
    const [type, { example, examples = {} }] = Object.entries(requestBody.content)[0];
    const value = example ?? Object.values(examples)[0].value;
    return { type, text: typeof value === "string" ? value : JSON.stringify(value) };
  }

  // Where a value departs from a schema, as text.
  departures(value, schema, at = "body") {
    const rules = this.resolve(schema);
    const kind = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
    const types = [rules.type ?? kind].flat();
    const kinds = types.map((name) => (name === "integer" ? "number" : name));
    if (!kinds.includes(kind)) return [`${at} is ${kind}`];
    if (rules.enum && !rules.enum.includes(value)) return [`${at} is ${value}`];
    if ("const" in rules && value !== rules.const) return [`${at} is not ${rules.const}`];
    if (rules.pattern && !new RegExp(rules.pattern).test(value)) return [`${at} is ${value}`];
    if (kind === "array") {
      return value.flatMap((each, i) => this.departures(each, rules.items, `${at}[${i}]`));
    }
    if (kind !== "object" || !rules.properties) return [];
    const missing = (rules.required ?? []).filter((name) => !(name in value));
    return [
      ...missing.map((name) => `${at}.${name} is missing`),
      ...Object.entries(value).flatMap(([name, each]) => rules.properties[name]
        ? this.departures(each, rules.properties[name], `${at}.${name}`)
        : [`${at}.${name} is not documented`]),
    ];
  }
}
