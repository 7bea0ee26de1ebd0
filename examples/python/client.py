"""Prints what reaches a user, and who of some others is here (Debian: python3-websockets):

  ROLLCALL_TOKEN=$(rollcall token --config FILE --sub ada --watch '*') \\
    python3 client.py ws://127.0.0.1:8085 grace alan
"""

import asyncio
import json
import os
import random
import sys

import websockets

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30
FINAL_CODES = (4401, 4403)  # the token has ended; disconnected on purpose
FINAL_STATUSES = (400, 401, 403)


async def on_control(socket, control, watched):
    kind = control["type"]
    if kind == "rollcall.welcome":
        print(f"connected as {control['user']}", flush=True)
        if watched:
            await socket.send(json.dumps({"type": "rollcall.watch", "users": watched}))
    elif kind == "rollcall.presence_state":
        for user, status in control["users"].items():
            print(f"{user}: {status}", flush=True)
    elif kind == "rollcall.presence":
        print(f"{control['user']}: {control['status']} ({control['reason']})", flush=True)
    elif kind == "rollcall.token_expiring":  # an application would send a new one
        print(f"the token ends in {control['expiresInMs']} ms", flush=True)
    elif kind == "rollcall.error":
        print(control["message"], file=sys.stderr, flush=True)


async def listen(url, token, watched):
    """Returns the reason of the close; exits when there is no way back."""
    # As a subprotocol, for the name of the parameter for headers depends on the library's version.
    protocols = ["rollcall.v1", f"bearer.{token}"]
    try:
        async with websockets.connect(url, subprotocols=protocols) as socket:
            try:
                while True:
                    message = await socket.recv()
                    if isinstance(message, bytes):
                        print(f"{len(message)} bytes", flush=True)
                    elif message.startswith('{"type":"rollcall.'):
                        await on_control(socket, json.loads(message), watched)
                    else:
                        print(message, flush=True)
            except websockets.ConnectionClosed as closed:
                if closed.rcvd and closed.rcvd.code in FINAL_CODES:
                    sys.exit(f"closed: {closed.rcvd.reason}")
                return closed.rcvd.reason if closed.rcvd else ""
    except websockets.InvalidHandshake as refused:
        if getattr(refused, "status_code", None) in FINAL_STATUSES:
            sys.exit(f"refused: {refused.status_code}")
        return None
    except (OSError, asyncio.TimeoutError):
        return None


def hinted_wait_s(reason):
    try:
        return json.loads(reason)["reconnectMs"] / 1000
    except (ValueError, TypeError, KeyError):
        return None


async def main():
    base = sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:8085"
    failures = 0
    while True:
        reason = await listen(f"{base}/api/v1/realtime/ws", os.environ["ROLLCALL_TOKEN"],
                              sys.argv[2:])
        failures = 0 if reason is not None else failures + 1
        # Full jitter: the clients of a server that was away do not all return at once.
        wait_s = hinted_wait_s(reason)
        if wait_s is None:
            wait_s = random.uniform(0, min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**failures))
        await asyncio.sleep(wait_s)


try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
