#!/usr/bin/env bash
# Runs every fuzz target for so many seconds; ends at the first finding.
set -euo pipefail

secs=$1
cargo run --quiet --manifest-path wire/fuzz/Cargo.toml --example seeds
for crate in wire capture graph; do
	for target in $(cd "$crate" && cargo fuzz list); do
		echo "$crate/$target: $secs s"
		(cd "$crate" && cargo fuzz run --sanitizer none "$target" -- -max_total_time="$secs" -max_len=1024 -timeout=25 -rss_limit_mb=2048 -print_final_stats=1 2>&1 | tail -n 12)
	done
done
