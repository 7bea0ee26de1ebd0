"""An application's backend in Python 3.9 or later, with what rollcall adds to it.

No package is needed; any JWT library makes the same token.
"""
import base64
import hashlib
import hmac
import json
import os
import time
import urllib.parse
import urllib.request
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

URL = os.environ["ROLLCALL_URL"]
API_KEY = os.environ["ROLLCALL_API_KEY"]
with open(os.environ["ROLLCALL_SECRET_FILE"], "rb") as file:
    SECRET = file.read().removesuffix(b"\n")


def token_for(user, watch=()):
    """A token that is good for ten minutes. `watch`: whose presence the user may see."""
    def encode(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    claims = {"sub": user, "exp": int(time.time()) + 600, "rollcall": {"watch": list(watch)}}
    parts = [{"alg": "HS256", "typ": "JWT"}, claims]
    text = b".".join(encode(json.dumps(part).encode()) for part in parts)
    return (text + b"." + encode(hmac.digest(SECRET, text, hashlib.sha256))).decode()


def rollcall(method, path, body=None):
    headers = {"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{URL}/api/v1{path}", data, headers, method=method)
    with urllib.request.urlopen(request, timeout=2) as response:  # raises for an error
        return json.load(response)


def notify(user, message):
    """To each tab and device of a user. Answers whether there was one."""
    user_id = urllib.parse.quote(user, safe="")
    return rollcall("POST", f"/realtime/users/{user_id}/messages", message)["live"]


def refresh_navbar():
    """Work that is worth it only while somebody looks."""
    if rollcall("GET", "/rosters/crm_navbar")["online"] == 0:
        return False
    rollcall("POST", "/realtime/broadcast", {"type": "refresh"})
    return True


def signed_in(handler):
    """Yours comes from your session, not from a cookie that anyone can set."""
    user = SimpleCookie(handler.headers.get("Cookie", "")).get("user")
    return user.value if user else None


class Backend(BaseHTTPRequestHandler):
    def do_POST(self):
        user = signed_in(self)
        if user is None:
            return self.answer(401, "sign in first")
        if self.path == "/rollcall-token":
            return self.answer(200, token_for(user, ["grace"]))
        if self.path == "/report":
            return self.answer(200, str(notify(user, {"type": "report"})).lower())
        if self.path == "/refresh":
            return self.answer(200, str(refresh_navbar()).lower())
        return self.answer(404, "not found")

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "0"))), Backend)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
