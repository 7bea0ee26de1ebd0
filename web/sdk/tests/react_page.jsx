// A React application of the package, as the tests run it: strict, so that effects run twice.
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { connect } from "rollcall-client";
import { useOnlineCount, usePresence } from "rollcall-client/react";

const query = new URLSearchParams(location.search);
const url = query.get("url");
const connection = connect({ url, token: async () => query.get("token") });

function Online() {
  return <p id="online">{useOnlineCount({ url })?.online}</p>;
}

window.seen_of_grace = [];

function Users({ users }) {
  const statuses = usePresence(connection, users);
  window.seen_of_grace.push(statuses.grace ?? "nothing");
  return users.map((user) => <p key={user} id={user}>{statuses[user]}</p>);
}

function App() {
  const [hidden, set_hidden] = useState(false);
  const [other, set_other] = useState("alan");
  return (
    <>
      <button id="hide" onClick={() => set_hidden(true)}>Hide</button>
      <button id="change" onClick={() => set_other("linus")}>Change</button>
      {hidden || <Online />}
      <Users users={["grace", other]} />
    </>
  );
}

window.app = createRoot(document.getElementById("app"));
window.app.render(<StrictMode><App /></StrictMode>);
