#!/usr/bin/env bash
# The crates import one way: graph <- wire <- capture, graph <- layouts, app on top; nothing below app links egui.
set -euo pipefail

direct() { cargo tree --locked --quiet -p "$1" --edges normal --depth 1 --prefix none | tail -n +2 | awk '{print $1}' | sort -u; }
all() { cargo tree --locked --quiet -p "$1" --edges normal --prefix none | awk '{print $1}' | sort -u; }

declare -A may=(
	[graph]=""
	[wire]="graph"
	[capture]="graph wire"
	[layouts]="graph"
)
failed=0
for crate in "${!may[@]}"; do
	for other in graph wire capture layouts app tests; do
		if direct "$crate" | grep -qx "$other" && ! grep -qw "$other" <<<"${may[$crate]}"; then
			echo "$crate imports $other: it may import only: ${may[$crate]:-nothing}" >&2
			failed=1
		fi
	done
	if all "$crate" | grep -qE '^(egui|eframe|epaint|winit)'; then
		echo "$crate links egui: only app may" >&2
		failed=1
	fi
done
exit "$failed"
