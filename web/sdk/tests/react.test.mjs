// The hooks where there is no page: in a server that renders one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { connect } from "../dist/index.js";
import { useOnlineCount, usePresence } from "../dist/react.js";

class SilentSocket {
  close() {}
}

test("a server renders what is known: nothing", (t) => {
  const connection = connect({ url: "http://live.test", WebSocket: SilentSocket });
  t.after(() => connection.close());
  function Page({ to }) {
    return JSON.stringify([useOnlineCount({ url: "/live" }), usePresence(to, ["grace"])]);
  }
  for (const to of [null, connection]) {
    assert.equal(renderToString(createElement(Page, { to })), "[null,{}]");
  }
});
