# The two commands are `make run` and `make test`; the rest are their parts.

.PHONY: help run test check unit e2e web generate bench bench-quick bench-long test-full fuzz clean

help: ## Show what there is
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /  make \1\t/' | expand -t 20

run: ## Build everything and start with demo people at http://127.0.0.1:7700
	@scripts/require run
	@scripts/build-web
	cargo build --release --locked -p parlor
	PARLOR_DEMO=1 exec target/release/parlor serve --listen $(or $(LISTEN),127.0.0.1:7700) --data-dir $(or $(DATA_DIR),parlor-data)

test: ## Everything that must pass; installs or asks for what it needs
	@scripts/require test
	@scripts/test

test-full: test ## The tests and the heavy suites
	cd e2e && RECOVERY_CUTS=1000 node --test --test-reporter=spec clients/recovery.test.mjs
	PARLOR_TEST_STEPS=200000 PARLOR_TEST_WRITES=10000 cargo test --release --locked -p parlor-store --test conformance -- model gapless
	SIM_SEEDS=2000 cargo test --locked -p parlor-sim -- --nocapture
	crates/sim/defects/run
	FAULTS=200 cargo test --locked -p parlor --test faults -- --nocapture
	bench/run --suite transport

check: ## Formatting, lints, types, generated files
	@scripts/require run
	@scripts/check

unit: ## Tests of the crates and packages
	@scripts/require test
	@scripts/unit

e2e: ## The real binary with published clients and a browser
	@scripts/require test
	@scripts/build-web
	cargo build --locked -p parlor
	e2e/run

web: ## Build the web app
	@scripts/build-web

generate: ## Write the OpenAPI document and the TypeScript types anew
	@scripts/generate

bench-quick: ## The main figures, in under 3 minutes
	@scripts/require bench
	bench/run --quick

bench: ## All figures but P9
	@scripts/require bench
	bench/run

bench-long: ## All figures, with databases of 10 million messages
	@scripts/require bench
	bench/run --long

fuzz: ## Every fuzz target for SECONDS=60 each; needs a nightly compiler
	@scripts/fuzz $(or $(SECONDS),60)

clean: ## Remove what was built
	cargo clean
	rm -rf node_modules packages/*/dist packages/*/node_modules e2e/node_modules e2e/.venv bench/peers/node_modules
