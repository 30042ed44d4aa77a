# Two commands: `make run` opens the window, `make test` runs every test. Each installs what is missing first.

.DELETE_ON_ERROR:
.PHONY: run test bench bench-live lint fuzz corpus setup setup-check check-imports pictures help

# Programs and libraries, as Debian and Ubuntu name their packages.
PACKAGES_RUN   = build-essential pkg-config libpcap-dev libgl1 libegl1 libgl1-mesa-dri libx11-6 libx11-xcb1 libxcursor1 libxi6 \
                 libxrandr2 libxkbcommon0 libxkbcommon-x11-0 libwayland-client0 libwayland-egl1 xvfb xauth
PACKAGES_TEST  = $(PACKAGES_RUN) iproute2 libcap2-bin util-linux ethtool tcpdump conntrack nftables xdotool x11-utils x11-xserver-utils xclip imagemagick mesa-vulkan-drivers libvulkan1 python3 clang curl
PACKAGES_BENCH = $(PACKAGES_TEST) nfdump forkstat nodejs npm python3-venv

CARGO   ?= cargo
ARGS    ?=
PICTURE ?= target/glouglou.png
SECS    ?= 120
# How long the whole program is measured under a load.
LIVE_SECS ?= 60
DIR     ?=
# What is off by default; no other crate is built again for it, but the program for the last test of all.
FEATURES = -p capture -p tests --features tests/ebpf,tests/guts
GLOUGLOU = target/release/glouglou

help:
	@echo "make run [ARGS='-i eth0']  build and open the window"
	@echo "make test                  run every test"
	@echo "make lint | bench | fuzz [SECS=120] | corpus DIR=… | pictures | setup"

run: PACKAGES = $(PACKAGES_RUN)
run: setup
	$(CARGO) build --release --locked --bin glouglou
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		exec $(GLOUGLOU) $(ARGS); \
	else \
		echo "No display: the same program under a virtual one."; \
		mkdir -p $(dir $(PICTURE)); \
		xvfb-run -a -s '-screen 0 1920x1080x24 +extension GLX' $(GLOUGLOU) $(if $(ARGS),$(ARGS),--demo) --picture $(PICTURE) \
			&& echo "The picture is in $(PICTURE)"; \
	fi

test: PACKAGES = $(PACKAGES_TEST)
test: setup check-imports
	$(CARGO) fmt --all --check
	$(CARGO) build --locked --bin glouglou --bin ggprobe
	$(CARGO) build --locked -p tests --bins
	$(CARGO) test --locked --workspace 2>&1 | tee target/test.log; exit $${PIPESTATUS[0]}
	$(CARGO) test --locked $(FEATURES) --lib -- attribution guts 2>&1 | tee -a target/test.log; exit $${PIPESTATUS[0]}
	$(CARGO) test --locked $(FEATURES) --test proc_ebpf 2>&1 | tee -a target/test.log; exit $${PIPESTATUS[0]}
	$(CARGO) build --locked --bin glouglou --features guts
	$(CARGO) test --locked $(FEATURES) --test guts 2>&1 | tee -a target/test.log; exit $${PIPESTATUS[0]}
	@bash tests/count.sh target/test.log

bench: PACKAGES = $(PACKAGES_BENCH)
bench: setup
	$(CARGO) build --release --locked --bin glouglou --bin ggprobe
	$(CARGO) build --release --locked -p tests --bins
	target/release/bench $(GLOUGLOU)
	$(CARGO) bench --locked -p graph --bench filter
	$(CARGO) bench --locked -p app --bench frame
	$(CARGO) bench --locked -p app --bench typing
	$(CARGO) bench --locked -p app --bench live -- $(LIVE_SECS)

# 50,000 packets a second for 30 seconds, before and after the privilege drop; needs root.
bench-live: PACKAGES = $(PACKAGES_TEST)
bench-live: setup
	$(CARGO) test --release --locked -p tests --test live_counts -- --ignored --nocapture --test-threads 1

lint: PACKAGES = $(PACKAGES_TEST)
lint: setup check-imports
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	$(CARGO) clippy --locked --workspace --all-targets --all-features -- -D warnings
	@command -v cargo-deny >/dev/null || $(CARGO) install --locked cargo-deny
	$(CARGO) deny --locked check licenses bans sources

fuzz:
	@command -v cargo-fuzz >/dev/null || $(CARGO) install --locked cargo-fuzz
	bash tests/fuzz.sh $(SECS)

# Every capture below DIR, whose truth.tsv says what is in them, against what glouglou counts.
corpus:
	@test -n "$(DIR)" || { echo "make corpus DIR=… (a folder of captures with a truth.tsv)"; exit 2; }
	$(CARGO) build --release --locked --bin glouglou
	$(CARGO) build --release --locked -p tests --bins
	target/release/corpus $(GLOUGLOU) $(DIR)
	target/release/eve $(GLOUGLOU) $(DIR) $(DIR)/../eve

# The pictures of the README, from the demo.
pictures: PACKAGES = $(PACKAGES_TEST)
pictures: setup
	$(CARGO) build --release --locked --bin glouglou
	bash docs/pictures.sh $(GLOUGLOU)

check-imports:
	@bash tests/imports.sh

# By itself it installs what any of them needs.
setup:
	@bash tests/setup.sh $(or $(PACKAGES),$(PACKAGES_BENCH))

SHELL = /bin/bash
