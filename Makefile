# Lanyard. `make help` lists the targets; `make demo` and `make test` need nothing but the Swift toolchain.

# What is built with, linked against and tested with; installed through apt where it is missing.
PACKAGES := pkg-config gcc binutils libc6-dev libstdc++-12-dev libncurses6 libxml2 \
	libudev-dev libssl-dev libsqlite3-dev libmicrohttpd-dev libcurl4-openssl-dev libqpdf-dev \
	libumockdev-dev umockdev rlpr openssl curl \
	pcscd vsmartcard-vpcd iproute2 python3 python3-venv nftables
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
RIG_PACKAGES := qemu-system-x86 busybox-static udev kmod cpio gcc libc6-dev python3
RELEASE := --configuration release --static-swift-stdlib
# A crash must end, not wait for a backtrace.
export SWIFT_BACKTRACE = enable=no

.PHONY: help demo test build lint check conformance bench soak canary fuzz rig rig-deps deps clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 8

demo: build ## install what is missing, build, and tell the product's story in a simulated lab
	@$$(swift build $(RELEASE) --show-bin-path)/lanyard-lab demo

test: deps ## install what is missing and run all tests
	swift test

build: deps ## build the programs for release
	swift build $(RELEASE)

lint: deps ## check format and style
	swift format lint --strict --recursive Package.swift Sources Tests Simulators

check: lint build test ## what CI runs

CONFORMANCE := .build/conformance

conformance: deps $(CONFORMANCE)/bin/python ## ask a server everything that the protocol's page says, with a client written from that page
	swift build --product lanyard-server && swift build --product lanyard && swift build --product lanyard-analyze
	@$(CONFORMANCE)/bin/python Tests/Conformance "$$(swift build --show-bin-path)"

$(CONFORMANCE)/bin/python: Tests/Conformance/requirements.txt
	python3 -m venv $(CONFORMANCE)
	$(CONFORMANCE)/bin/pip install --quiet --requirement Tests/Conformance/requirements.txt
	@touch $@

bench: build ## measure: one line a figure
	@$$(swift build $(RELEASE) --show-bin-path)/lanyard-bench

soak: build ## kill server and agent, and cut their line, at 200 random moments; many seeds of the simulation
	@$$(swift build $(RELEASE) --show-bin-path)/lanyard-lab kill-test --rounds 100
	@unshare --net sh -c "ip link set lo up && exec $$(swift build $(RELEASE) --show-bin-path)/lanyard-lab kill-test --cut-lines --rounds 100"
	@$$(swift build $(RELEASE) --show-bin-path)/lanyard-lab simulate --seeds 20000

READS := 10000

canary: build ## READS badges and PINs, then a search for them in logs, store, spool, journal, wire and memory (as root)
	@python3 Simulators/Canary/canary.py "$$(swift build $(RELEASE) --show-bin-path)" --reads $(READS) --memory

SECONDS := 180
# 0 draws one; CI names one, so that a run can be repeated.
SEED := 0
FUZZER := .build/fuzz

fuzz: deps ## give the decoders broken input, for SECONDS in all: make fuzz SECONDS=600
	@LANYARD_FUZZ=1 swift build --configuration release --scratch-path $(FUZZER) --product lanyard-fuzz
	@Simulators/lanyard-fuzz/fuzz $(FUZZER)/release/lanyard-fuzz $(FUZZER)/corpus $(SECONDS) $(SEED)

rig: deps rig-deps ## the agent in an emulated machine with a real kernel: USB devices plugged, read, unplugged mid-read
	swift build $(RELEASE) --product lanyard-agent
	@bash Simulators/Rig/setup.sh "$$(swift build $(RELEASE) --show-bin-path)/lanyard-agent" "$(CURDIR)/.build/rig"
	@python3 Simulators/Rig/rig.py "$(CURDIR)/.build/rig" $(SCENARIOS)

rig-deps: PACKAGES := $(RIG_PACKAGES)
deps: ## install missing Debian packages
deps rig-deps:
	@missing=$$(for p in $(PACKAGES); do \
		[ "$$(dpkg-query -W -f '$${db:Status-Status}' $$p 2>/dev/null)" = installed ] || echo $$p; done); \
	if [ -n "$$missing" ]; then \
		echo "installing:" $$missing; \
		$(SUDO) apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $$missing >/dev/null; fi

clean: ## remove what was built
	rm -rf .build
