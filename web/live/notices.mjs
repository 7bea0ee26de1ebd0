// Sends notices by the HTTP routes that an application would use, and shows those that arrive.

const kKept = 50;
const kMessages = "/api/v1/realtime";

const element = (id) => document.getElementById(id);
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

function path_to(user) {
  if (element("to_everyone").checked) return `${kMessages}/broadcast`;
  return `${kMessages}/users/${encodeURIComponent(user)}/messages`;
}

function outcome_of(user, { connections, live }) {
  if (element("to_everyone").checked) return "Sent to everyone.";
  if (connections === 1) return `Sent to one tab of ${user}.`;
  if (connections > 1) return `Sent to ${connections} tabs of ${user}.`;
  return live ? `${user} left just now: not sent.` : `${user} is not here: not sent.`;
}

async function send(from) {
  const text = element("notice_text");
  const user = element("notice_user").value.trim();
  const outcome = element("notice_outcome");
  try {
    const response = await fetch(path_to(user), {
      method: "POST",
      credentials: "omit",
      body: JSON.stringify({ type: "notice", from, text: text.value }),
    });
    const answer = await response.json();
    outcome.textContent = response.ok ? outcome_of(user, answer) : answer.error.message;
    if (response.ok) text.value = "";
  } catch {
    outcome.textContent = "Not sent: the server cannot be reached.";
  }
}

// What another program sent may be anything at all.
function notice_of(data) {
  if (typeof data !== "string") return { from: "", text: `${data.byteLength} bytes` };
  try {
    const { from, text } = JSON.parse(data);
    if (typeof from === "string" && typeof text === "string") return { from, text };
  } catch {
    // Not JSON: shown as it is.
  }
  return { from: "", text: data };
}

export function show_notice(data) {
  const { from, text } = notice_of(data);
  const item = document.createElement("li");
  const about = document.createElement("span");
  about.className = "about";
  about.textContent = `${from || "an application"}, ${clock.format(new Date())}`;
  item.append(text, about);
  const list = element("notices");
  list.prepend(item);
  while (list.children.length > kKept) list.lastElementChild.remove();
  element("no_notices").hidden = true;
}

// `sender` answers the name that stands under a notice.
export function set_up_notices(sender) {
  const everyone = element("to_everyone");
  everyone.addEventListener("change", () => {
    element("notice_user").disabled = everyone.checked;
  });
  element("notice_form").addEventListener("submit", (event) => {
    event.preventDefault();
    send(sender());
  });
}
