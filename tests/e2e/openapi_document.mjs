// Reads an OpenAPI document: the part of the standard that docs/openapi.json uses.
const kMethods = ["get", "put", "post", "delete"];

function matcher(path) {
  const pattern = new RegExp(`^${path.replace(/{\w+}/g, "[^/]+")}$`);
  return (url) => pattern.test(url);
}

const text_of = (value) => (typeof value === "string" ? value : JSON.stringify(value));

// [{name, value}] of what holds "example" or "examples".
function examples_of({ example, examples = {} }) {
  const named = Object.entries(examples).map(([name, { value }]) => ({ name, value }));
  return example === undefined ? named : [{ name: "example", value: example }, ...named];
}

function kind_of(value) {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

export class OpenApiDocument {
  #operations;

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

  // [{name, matches(path), method, path, security, url, bodies, body, parameters, responses}]; url
  // and bodies ([{type, text}]) are examples, and body is the first of these, or nothing.
  operations() {
    this.#operations ??= this.read_operations();
    return this.#operations;
  }

  read_operations() {
    return Object.entries(this.root.paths ?? {}).flatMap(([path, item]) =>
      kMethods.filter((method) => item[method]).map((method) => {
        const bodies = this.example_bodies(item[method]);
        return {
          name: `${method} ${path}`,
          matches: matcher(path),
          method,
          path,
          security: item[method].security,
          url: this.example_url(path, item, item[method]),
          bodies,
          body: bodies[0],
          parameters: this.parameters_of(item, item[method]).map(({ name }) => name),
          responses: item[method].responses,
        };
      }));
  }

  // The one that serves a request, by its path without the query; a path without braces first.
  operation_of(method, path) {
    const fitting = this.operations().filter((each) => each.method === method.toLowerCase()
      && each.matches(path));
    return fitting.find((each) => each.path.endsWith(path.split("/").at(-1))) ?? fitting[0];
  }

  // What a request with this status is answered: by the operation, or whatever it asks for.
  response_of(operation, status) {
    const any = this.root["x-any-request"] ?? {};
    return this.resolve(operation?.responses[status] ?? any[status]);
  }

  parameters_of(item, operation) {
    return [...(operation.parameters ?? []), ...(item.parameters ?? [])]
      .map((parameter) => this.resolve(parameter));
  }

  example_url(path, item, operation) {
    const parameters = this.parameters_of(item, operation);
    const example_of = (name) => parameters.find((each) => each.name === name).example;
    return path.replace(/{(\w+)}/g, (_, name) => encodeURIComponent(example_of(name)));
  }

  example_bodies({ requestBody }) {
    return Object.entries(requestBody?.content ?? {}).flatMap(([type, content]) =>
      examples_of(content).map(({ value }) => ({ type, text: text_of(value) })));
  }

  // [{status, name, value, schema}] of all examples of answers.
  example_answers(responses) {
    return Object.entries(responses).flatMap(([status, response]) =>
      Object.values(this.resolve(response).content ?? {}).flatMap((content) =>
        examples_of(content).map((each) => ({ status, schema: content.schema, ...each }))));
  }

  // Where a value departs from a schema, as text.
  departures(value, schema, at = "body") {
    const rules = this.resolve(schema);
    const kind = kind_of(value);
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

  // Whether an answer is of the kind that an example shows: the same members, null where it has
  // null, the same out of the values that a schema lists, and for each item one like it.
  resembles(answer, example, schema) {
    const rules = this.resolve(schema) ?? {};
    const kind = kind_of(example);
    if (kind_of(answer) !== kind) return false;
    if (kind === "boolean" || rules.enum) return answer === example;
    if (kind === "array") {
      return example.every((each) => answer.some((item) =>
        this.resembles(item, each, rules.items)));
    }
    if (kind !== "object") return true;
    const schema_of = (name) => rules.properties?.[name] ?? rules.additionalProperties;
    return Object.keys({ ...example, ...answer }).every((name) => name in example
      && name in answer && this.resembles(answer[name], example[name], schema_of(name)));
  }
}
