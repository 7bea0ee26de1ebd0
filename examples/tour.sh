#!/usr/bin/env bash
# A tour of a running server: examples/tour.sh [URL]. Start one with ./dev run; the rosters part
# needs one that is configured, as in examples/rollcall.toml, and an API key in ROLLCALL_API_KEY
# unless the server runs with --dev.
set -euo pipefail
url=${1:-http://127.0.0.1:8085}
key=${ROLLCALL_API_KEY:-}

call() {
  echo "\$ curl -X $1 $url$2 ${3:+-d '$3'}"
  curl --silent --show-error --fail-with-body -X "$1" "$url$2" ${3:+--data "$3"} \
    ${key:+--header "Authorization: Bearer $key"}
  echo
}

echo "# Two people come; each answer counts its caller."
call POST /api/sessions/activity '{"sessionId":"ada"}'
call POST /api/sessions/activity '{"sessionId":"grace"}'
echo "# How many are there? Asking touches nothing."
call GET /api/sessions/online
echo "# One leaves, instead of waiting for the timeout."
call DELETE /api/sessions/activity '{"sessionId":"ada"}'
call POST /api/sessions/activity '{"sessionId":"grace","leave":true}'

echo "# A roster: who of the navigation bar's users is here?"
roster=/api/v1/rosters/crm_navbar
call PUT $roster/members/17
call PUT $roster/members/23
call GET "$roster/members?limit=10"
call GET $roster/members/17
call POST $roster/live '{"members":["17","99"]}'
call DELETE $roster/members/17
call GET $roster
call DELETE $roster

echo "# Realtime: who is connected, and a message to a user, if she is."
call GET /api/v1/realtime/users
call GET /api/v1/realtime/users/ada
call POST /api/v1/realtime/users/ada/messages '{"type":"refresh"}'
call POST /api/v1/realtime/broadcast '{"type":"refresh"}'

echo "# For operators."
call GET /healthz
call GET /readyz
