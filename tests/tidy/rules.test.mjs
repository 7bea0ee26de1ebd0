// Every rule must see what it is there to see.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as rules from "./rules.mjs";

const file = (path, text) => ({ path, text });

function bad(complaints, pattern) {
  assert.equal(complaints.length, 1, `one complaint, not: ${complaints.join("; ")}`);
  assert.match(complaints[0], pattern);
}
const good = (complaints) => assert.deepEqual(complaints, []);

test("layers point one way", () => {
  const of = (path, header) => rules.layer_complaints(file(path, `#include "${header}"\n`));
  bad(of("src/base/log.cpp", "core/member.hpp"), /base must not include "core/);
  bad(of("src/core/hub.cpp", "ports/roster_store.hpp"), /core must not/);
  bad(of("src/ports/bus.hpp", "service/heartbeat.hpp"), /ports must not/);
  bad(of("src/service/relay.cpp", "adapters/redis/link.hpp"), /service must not/);
  bad(of("src/service/relay.cpp", "transport/http/server.hpp"), /service must not/);
  bad(of("src/transport/http/server.cpp", "adapters/memory/roster.hpp"), /transport must not/);
  bad(of("src/transport/net/tls.cpp", "app/config.hpp"), /transport must not/);
  bad(of("src/adapters/redis/store.cpp", "adapters/postgres/link.hpp"), /adapters must not/);
  bad(of("src/adapters/redis/store.cpp", "service/relay.hpp"), /adapters must not/);
  bad(of("src/other/thing.cpp", "base/log.hpp"), /not a layer/);
  good(of("src/core/member.cpp", "base/result.hpp"));
  good(of("src/adapters/redis/store.cpp", "adapters/redis/link.hpp"));
  good(of("src/adapters/redis/store.cpp", "ports/roster_store.hpp"));
  good(of("src/transport/http/server.cpp", "transport/net/listener.hpp"));
  good(of("src/transport/http/server.cpp", "service/heartbeat.hpp"));
  good(of("src/app/compose.cpp", "adapters/redis/store.hpp"));
});

test("an include is seen however it is spaced", () => {
  const text = '  #  include   "adapters/redis/link.hpp"';
  bad(rules.layer_complaints(file("src/core/a.cpp", text)), /core must not/);
});

test("the core is pure", () => {
  const of = (text, path = "src/core/a.cpp") => rules.core_complaints(file(path, text));
  for (const header of ["boost/asio.hpp", "boost/beast/http.hpp", "libpq-fe.h", "sqlite3.h",
    "hiredis.h", "sys/socket.h", "openssl/evp.h"]) {
    bad(of(`#include <${header}>`), /must not include/);
  }
  bad(of("auto t = std::chrono::steady_clock::now();"), /reads a clock/);
  good(of("#include <boost/unordered/unordered_flat_map.hpp>\n#include <vector>"));
  good(of("#include <sys/socket.h>", "src/base/a.cpp"));
});

test("libraries stay where they belong", () => {
  const users = (count, header) =>
    Array.from({ length: count }, (_, i) => file(`src/app/${i}.cpp`, `#include <${header}>`));
  good(rules.confinement_complaints(users(3, "boost/beast/http.hpp")));
  bad(rules.confinement_complaints(users(4, "boost/beast/http.hpp")), /Beast is included by/);
  good(rules.confinement_complaints(users(1, "CLI/CLI.hpp")));
  bad(rules.confinement_complaints(users(2, "CLI/CLI.hpp")), /CLI11/);
  bad(rules.confinement_complaints(users(2, "toml++/toml.h")), /toml\+\+/);
  bad(rules.confinement_complaints(users(1, "libpq-fe.h")), /must not include libpq/);
  bad(rules.confinement_complaints(users(1, "sqlite3.h")), /must not include SQLite/);
  const at_home = file("src/adapters/postgres/a.cpp", "#include <libpq-fe.h>");
  good(rules.confinement_complaints([at_home]));
});

test("files and lines are short", () => {
  good(rules.size_complaints(file("src/a.cpp", "x\n".repeat(300))));
  bad(rules.size_complaints(file("src/a.cpp", "x\n".repeat(301))), /301 lines/);
  good(rules.size_complaints(file("tests/a.cpp", "x\n".repeat(301))));
  good(rules.size_complaints(file("src/a.cpp", "ü".repeat(99))));
  bad(rules.size_complaints(file("src/a.cpp", `\n${"x".repeat(100)}`)), /a\.cpp:2: 100 columns/);
});

test("nothing is left over", () => {
  bad(rules.leftover_complaints(file("a.cpp", `// ${"TO" + "DO"}: later`)), /unfinished/);
  bad(rules.leftover_complaints(file("a.cpp", `// ${"FIX" + "ME"}`)), /unfinished/);
  good(rules.leftover_complaints(file("a.cpp", "// to do this well")));
});

test("tests do not sleep", () => {
  const of = (path, text) => rules.sleep_complaints(file(path, text));
  bad(of("src/core/a_test.cpp", "std::this_thread::sleep_for(1s);"), /sleeps/);
  bad(of("tests/integration/a.cpp", "usleep(10);"), /sleeps/);
  const promise = "new Promise((done) => set" + "Timeout(done, 100))";
  bad(of("tests/e2e/a.test.mjs", `await ${promise};`), /sleeps/);
  bad(of("tests/e2e/a.test.mjs", "await page.waitFor" + "Timeout(100);"), /sleeps/);
  bad(of("tests/e2e/a.test.mjs", 'from "node:timers' + '/promises"'), /sleeps/);
  good(of("tests/support/wait.cpp", "std::this_thread::sleep_for(1ms);"));
  good(of("src/core/a.cpp", "sleep_for(1s)"));
  good(of("tests/e2e/a.test.mjs", "const timer = setTimeout(() => fail(), bound_ms);"));
});

test("names say what a thing is", () => {
  bad(rules.name_complaints(file("src/core/a.hpp", "class RosterManager {")), /RosterManager/);
  bad(rules.name_complaints(file("src/core/a.hpp", "struct StoreImpl;")), /StoreImpl/);
  bad(rules.name_complaints(file("src/core/string_utils.hpp", "")), /file's name/);
  good(rules.name_complaints(file("src/core/a.hpp", "struct Database { };")));
});

test("headers are guarded", () => {
  bad(rules.guard_complaints(file("src/core/a.hpp", "struct A {};")), /pragma/);
  good(rules.guard_complaints(file("src/core/a.hpp", "#pragma once\nstruct A {};")));
});

test("documents name commands that exist", () => {
  const dev = 'case $chore in\n  run | test) "command_$chore" "$@" ;;\n';
  good(rules.command_complaints(file("README.md", "Type `./dev run`."), dev));
  bad(rules.command_complaints(file("README.md", "./dev deploy"), dev), /no \.\/dev deploy/);
});

test("documents name tests that exist", () => {
  const files = [file("tests/a.test.mjs", 'test("Redis (7) dies", async () => {});\n'),
    file("src/b_test.cpp", "TEST_F(Store,\n       Heals) {\nTEST(Other, Fails) {")];
  const of = (text) => rules.citation_complaints(file("docs/a.md", text), files);
  const first = '[^a]: tests/a.test.mjs: "Redis (7) dies"';
  good(of(`It heals.[^a]\n\n${first}\n`));
  good(of("It heals.[^a][^b]\n\n[^a]: src/b_test.cpp: Store.Heals\n" +
    "[^b]: src/b_test.cpp: Other.Fails\n"));
  good(of("Nothing is said."));
  bad(of('It heals.[^a]\n\n[^a]: tests/a.test.mjs: "Redis"\n'), /no test "Redis"/);
  bad(of("It heals.[^a]\n\n[^a]: src/b_test.cpp: Store.Fails\n"), /no test Store\.Fails/);
  bad(of("It heals.[^a]\n\n[^a]: src/c_test.cpp: Store.Heals\n"), /in src\/c_test\.cpp/);
  bad(of(`It heals.[^a][^b]\n\n${first}\n`), /\[\^b\] has no footnote/);
  bad(of(`It heals.\n\n${first}\n`), /nothing refers to \[\^a\]/);
});

test("no registry is named", () => {
  const host = "https://registry" + ".example.org/";
  bad(rules.registry_complaints(file(".npmrc", "registry" + `=${host}`)), /registry/);
  bad(rules.registry_complaints(file("a.json", `"resolved"` + `: "${host}a.tgz"`)), /registry/);
  bad(rules.registry_complaints(file("tests/package-lock.json", "{}")), /lock file/);
  good(rules.registry_complaints(file("scripts/packages.sh", "apt-get install")));
});

test("links lead somewhere", () => {
  const files = { "docs/a.md": "# One thing\n\n## It's `two`: things\n", "docs/adr": "" };
  const of = (text) => rules.link_complaints(file("docs/b.md", text), (at) => files[at] ?? null);
  bad(of("[x](c.md)"), /c\.md leads nowhere/);
  bad(of("[x](../a.md)"), /leads nowhere/);
  bad(of("[x](a.md#three)"), /no such heading/);
  bad(of("[x](#here)"), /no such heading/);
  good(of("# Here\n[x](#here) [y](a.md) [z](a.md#its-two-things) [w](adr) [v](adr/../a.md)"));
  good(of("[x](https://a.example/b) `[x](c.md)`\n```sh\n[x](c.md)\n```\n"));
});

test("excerpts are in their files", () => {
  const of = (text) => rules.excerpt_complaints(file("docs/b.md", text), (at) =>
    ({ "a.rb": "one\ntwo\nthree\n" })[at]);
  good(of("```ruby a.rb\ntwo\n```\n```ruby\nfour\n```\n"));
  bad(of("```ruby a.rb\ntwo\nfour\n```\n"), /not in a\.rb: two/);
  bad(of("```ruby c.rb\ntwo\n```\n"), /not in c\.rb/);
});

test("the contents of a guide are whole", () => {
  const of = (text) => rules.contents_complaints([file("docs/README.md", text),
    file("docs/a.md", ""), file("docs/adr/0001.md", ""), file("b.md", "")], "docs");
  good(of("[a](a.md) [why](adr)"));
  bad(of("[why](adr)"), /does not lead to a\.md/);
  bad(of("[a](a.md)"), /does not lead to adr/);
});
