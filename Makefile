# The few commands a developer needs; `make` alone lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Options for `make bench`, `make test` and `make run`, e.g. `make test ARGS="cargo check_in"`.
ARGS ?=

.PHONY: help run test bench fmt lint audit openapi clients sdks cargo

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

cargo:
	@command -v cargo >/dev/null || { \
		echo 'Rust is missing: install it from https://rustup.rs (a C compiler is needed too, on Debian: apt-get install gcc make).' >&2; \
		exit 1; }

# The program carries the clients: when they change, cargo has to hear of it.
run: cargo clients ## build and start a demo: SQLite in ./data, demo data, addresses and accounts on the screen
	CLIENTS_BUILD=$$(cat mobile-sdk/*/node_modules/built-from | cksum) cargo run --locked --profile demo -- serve --demo $(ARGS)

clients: ## build the phone pages, the console, the hall screen and the reference; needs Node.js
	@mobile-sdk/build

sdks: clients ## generate the Kotlin, Swift and Dart clients into target/sdks, and compile the Kotlin one
	mobile-sdk/client/scripts/sdks.sh

test: cargo ## every test, with private PostgreSQL, Redis and browser; ARGS="cargo NAME" for some of them
	@tests/run $(ARGS)

bench: cargo ## the load test, in a release build
	cargo bench --locked --bench load -- $(ARGS)

fmt: cargo ## format the Rust code
	cargo fmt --all

lint: cargo ## what CI refuses: format, clippy, rustdoc, licences and sources of dependencies
	cargo fmt --all --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --document-private-items
	tests/tools/cargo-deny.sh check --hide-inclusion-graph licenses bans sources

audit: cargo ## known vulnerabilities in dependencies; downloads the advisory database, so it needs the network
	tests/tools/cargo-deny.sh check advisories

openapi: cargo ## write openapi/openapi.json from the code
	@mkdir -p openapi target
	cargo run -q --locked -- openapi > target/openapi.json
	mv target/openapi.json openapi/openapi.json
	cd mobile-sdk/client && npm run --silent generate
