// The frame of the page: who may see it, and whether the node answers.

import { element } from "/assets/parts.mjs";
import { forget_key, has_key, keep_key } from "./access.mjs";
import { again, begin, rest } from "./feed.mjs";
import "./overview.mjs";
import "./rosters.mjs";
import "./traffic.mjs";
import "./outages.mjs";
import "./nodes.mjs";
import "./upkeep.mjs";
import "./people.mjs";

const kReasons = {
  api_key_required: "Enter one of the keys in server.api_keys or server.api_keys_file.",
  api_key_invalid: "The server does not know this key.",
};

// Announced when it changes, not at every look.
function set_link(state, words) {
  document.body.dataset.link = state;
  if (element("link").textContent !== words) element("link").textContent = words;
}

function open_board({ status }) {
  const { node, version, draining } = status;
  element("node").textContent = `on ${node}`;
  document.title = `${node}: rollcall dashboard`;
  element("node").title = `version ${version}`;
  set_link(draining ? "lost" : "live", draining ? "shutting down" : "live");
  element("forget_key").hidden = !has_key();
  element("gate").hidden = true;
  element("board").hidden = false;
}

function close_board({ code, message }) {
  const can_enter = code in kReasons;
  if (has_key()) forget_key();
  element("board").hidden = true;
  element("forget_key").hidden = true;
  element("gate").hidden = false;
  element("gate_title").textContent = can_enter
    ? "This page needs an API key" : "This page is not for everyone";
  element("gate_reason").textContent = kReasons[code] ?? `${message}.`;
  element("key_form").hidden = !can_enter;
  set_link("closed", "closed");
  if (can_enter) element("key").focus();
}

element("key_form").addEventListener("submit", (event) => {
  event.preventDefault();
  keep_key(element("key").value.trim());
  element("key").value = "";
  again();
});

element("forget_key").addEventListener("click", () => {
  rest();
  forget_key();
  close_board({ code: "api_key_required" });
});

begin({
  on_told: open_board,
  on_refused: close_board,
  on_lost: () => set_link("lost", "the server does not answer: this is what was last known"),
});
