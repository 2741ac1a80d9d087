#!/usr/bin/env bash
# Compares a running server with its own contract: schemathesis reads /openapi.json, sends what the contract
# allows and what it forbids, and checks that every answer is one the contract describes.
#
#   tests/tools/schemathesis.sh [schemathesis options]      e.g. --include-operation-id meeting_create
#
# LVZHI_BIN              the server to test (target/debug/lvzhi)
# LVZHI_TEST_TOOLS_DIR   where schemathesis is installed (target/tools)
# LVZHI_TEST_ROLE        the demo account to sign in as (clerk)
# LVZHI_TEST_EXPLORE     set to 1: new random cases, and more of them
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

bin=${LVZHI_BIN:-${CARGO_TARGET_DIR:-target}/debug/lvzhi}
tools=${LVZHI_TEST_TOOLS_DIR:-target/tools}
role=${LVZHI_TEST_ROLE:-clerk}
explore=${LVZHI_TEST_EXPLORE:-0}
# A developer's own settings must not reach the server under test.
for name in "${!LVZHI_@}"; do unset "$name"; done
# Nor may a proxy stand between two processes of this machine.
export no_proxy=127.0.0.1,localhost NO_PROXY=127.0.0.1,localhost

fail() {
    echo "contract: $*" >&2
    exit 1
}

[[ -x $bin ]] || fail "no server at $bin: build it first (cargo build), or run 'tests/run contract'"

# --- schemathesis, in an environment of its own -------------------------------------------------------------------

# Debian keeps the parts that make an environment in a package of their own, so trying to import them is the test.
find_python() {
    local candidate
    for candidate in "${PYTHON:-python3}" python3 /usr/bin/python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
    done
    fail "needs Python 3.11 or newer with venv and pip (Debian: apt-get install python3-venv)"
}

wanted=tests/tools/schemathesis.txt
home=$tools/schemathesis
if ! { cmp -s "$wanted" "$home/installed.txt" && "$home/bin/schemathesis" --version >/dev/null 2>&1; }; then
    python=$(find_python)
    echo "contract: installing schemathesis into $home"
    rm -rf "$home"
    "$python" -m venv "$home"
    "$home/bin/python" -m pip install --quiet --disable-pip-version-check --no-input -r "$wanted"
    cp "$wanted" "$home/installed.txt"
fi

# --- a demo server on a free port, with data that is thrown away ---------------------------------------------------

work=$(mktemp -d "${TMPDIR:-/tmp}/lvzhi-contract.XXXXXX")
server=
# shellcheck disable=SC2317  # called by the trap
stop() {
    if [[ -n $server ]]; then
        kill "$server" 2>/dev/null || true
        # Ask first, then insist: a server that does not stop must not hang the tests.
        for _ in {1..50}; do
            kill -0 "$server" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

python=$home/bin/python
port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url=http://127.0.0.1:$port
# Tokens must outlive the run. An empty file of settings, so that a developer's lvzhi.toml is not read.
: >"$work/lvzhi.toml"
export LVZHI_CONFIG=$work/lvzhi.toml LVZHI_LISTEN=127.0.0.1:$port LVZHI_DATA_DIR=$work/data LVZHI_AUTH_ACCESS_MINUTES=120
"$bin" serve --demo >"$work/server.log" 2>&1 &
server=$!

# answers_200 <path> [<bearer token>]
answers_200() {
    "$python" - "$url$1" "${2:-}" <<'PY' 2>/dev/null
import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
headers = {"Authorization": f"Bearer {sys.argv[2]}"} if sys.argv[2] else {}
opener.open(urllib.request.Request(sys.argv[1], headers=headers), timeout=5)
PY
}
for attempt in {1..300}; do
    if answers_200 /readyz; then
        break
    fi
    if ! kill -0 "$server" 2>/dev/null || ((attempt == 300)); then
        tail -n 50 "$work/server.log" >&2
        fail "the server did not become ready"
    fi
    sleep 0.2
done

token() {
    # Not a pipe into the script: a failing `demo --accounts` must be seen as itself.
    "$bin" demo --accounts >"$work/accounts.json" || return 1
    "$python" tests/tools/demo_token.py "$url" "$role" <"$work/accounts.json"
}

# --- the attack --------------------------------------------------------------------------------------------------

config=tests/tools/schemathesis.toml
options=()
if [[ $explore == 1 ]]; then
    # A seed has no say over a deterministic run.
    sed 's/^deterministic = true/deterministic = false/' "$config" >"$work/schemathesis.toml"
    config=$work/schemathesis.toml
    options+=(--seed "$RANDOM" --max-examples 100)
fi

attack() {
    local bearer status=0
    bearer=$(token) || return 1
    # The limit is a last resort: the run is bounded by its number of cases.
    HYPOTHESIS_STORAGE_DIRECTORY=target/hypothesis \
        timeout --foreground 1200 "$home/bin/schemathesis" --config-file "$config" run "$url/openapi.json" \
        --header "Authorization: Bearer $bearer" "${options[@]}" "$@" || status=$?
    # Without its session the attack sees nothing but 401, which is always allowed, and would pass for the wrong reason.
    if [[ $ends_session == no ]] && ! answers_200 /api/v1/me "$bearer"; then
        echo "contract: the session was lost on the way: what came after was only refused, not tested" >&2
        status=1
    fi
    return "$status"
}

status=0
ends_session=no
if (($# > 0)); then
    attack "$@" || status=$?
else
    # live_watch is a WebSocket, which schemathesis does not speak. The operations that end the session all others
    # need come last, with sessions of their own.
    attack --exclude-operation-id live_watch \
        --exclude-operation-id auth_logout --exclude-operation-id session_revoke || status=$?
    ends_session=yes
    # And of other people: guessing passwords has locked the first one out by now, as it should.
    for pair in "session_revoke liaison" "auth_logout supervisor"; do
        read -r operation role <<<"$pair"
        attack --include-operation-id "$operation" --phases examples,coverage,fuzzing || status=$?
    done
fi

# A server that crashed may have answered everything asked before.
if ! kill -0 "$server" 2>/dev/null; then
    echo "contract: the server is gone" >&2
    status=1
fi
if ((status != 0)); then
    echo "contract: the server's last words:" >&2
    tail -n 40 "$work/server.log" >&2
fi
exit "$status"
