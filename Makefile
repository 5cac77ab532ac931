.DEFAULT_GOAL := help
.PHONY: help demo test build check unit e2e bench examples proto install clean

PREFIX ?= /usr/local
NODE := docker/with-node.sh
PROGRAMS := wws wasm-image containerd-shim-wws-v1

help: ## show this list
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## build an example, run it in a container, show its answers, leave nothing behind
	@$(NODE) node --disable-warning=ExperimentalWarning e2e/demo.ts

test: build ## everything CI runs: types, lint, unit tests, tests against real daemons
	@$(NODE) node --disable-warning=ExperimentalWarning e2e/harness/prepare.ts test
	@$(NODE) tsc
	@$(NODE) biome check .
	@$(NODE) node --disable-warning=ExperimentalWarning node_modules/vitest/vitest.mjs run

build: node_modules/.package-lock.json ## make bin/wws, bin/wasm-image and bin/containerd-shim-wws-v1
	@$(NODE) node --disable-warning=ExperimentalWarning docker/build.ts

check: node_modules/.package-lock.json ## types and lint only
	@$(NODE) tsc
	@$(NODE) biome check .

unit: node_modules/.package-lock.json ## unit tests only
	@$(NODE) vitest run --project unit

e2e: build ## tests against real daemons only (root)
	@$(NODE) node --disable-warning=ExperimentalWarning e2e/harness/prepare.ts test
	@$(NODE) vitest run --project e2e

bench: build ## measure against peers, all suites (root); one suite: npm run bench -- start
	@$(NODE) node --disable-warning=ExperimentalWarning bench/main.ts

examples: ## rebuild the compiled example workers (needs clang and lld)
	clang --target=wasm32 -Os -nostdlib -Wl,--no-entry -Wl,--strip-all -Wl,-z,stack-size=8192 \
		-o examples/hello/count.wasm examples/hello-src/count.c
	chmod 644 examples/hello/count.wasm

proto: node_modules/.package-lock.json ## generate proto/gen from the .proto files
	@$(NODE) node --disable-warning=ExperimentalWarning proto/generate.ts

install: build ## copy the programs to PREFIX (default /usr/local)
	install -d $(DESTDIR)$(PREFIX)/lib/wws/bin $(DESTDIR)$(PREFIX)/bin
	rm -rf $(DESTDIR)$(PREFIX)/lib/wws/dist $(DESTDIR)$(PREFIX)/lib/wws/types
	cp -a --reflink=auto dist $(DESTDIR)$(PREFIX)/lib/wws/dist
	cp -a types $(DESTDIR)$(PREFIX)/lib/wws/types
	for program in $(PROGRAMS); do \
		install -m 755 bin/$$program $(DESTDIR)$(PREFIX)/lib/wws/bin/$$program; \
		ln -sf ../lib/wws/bin/$$program $(DESTDIR)$(PREFIX)/bin/$$program; \
	done

clean: ## remove what build made
	rm -rf bin dist

# Any npm will do for the first round: it brings Node and an npm, and these two do it over. An npm on an old Node
# leaves out optional packages that want a newer one. Not `npm ci`, which refuses a lock file that lacks optional
# packages for other platforms; `--no-save` keeps to the lock file as well. No package needs its install script,
# and one would run with a Node whose libraries may still be missing.
INSTALL := install --no-save --ignore-scripts --no-fund --no-audit --loglevel=error

node_modules/.package-lock.json: package.json package-lock.json
	npm $(INSTALL)
	@NODE_USE_SYSTEM_CA=1 $(NODE) node node_modules/npm/bin/npm-cli.js $(INSTALL)
	@touch $@
