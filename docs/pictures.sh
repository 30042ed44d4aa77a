#!/bin/bash
# Makes the pictures of the README from the demo: bash docs/pictures.sh PROGRAM [NAME…]; without names all of them. `make pictures` calls it.
set -euo pipefail
program=$1
shift
wanted=" $* "

# NAME THEME VIEW SECONDS ARGUMENTS…
picture() {
	local name=$1 theme=$2 view=$3 secs=$4
	shift 4
	[[ $wanted == "  " || $wanted == *" $name "* ]] || return 0
	local home
	home=$(mktemp -d)
	mkdir "$home/glouglou"
	printf 'version = 1\ntheme = "%s"\nview = "%s"\n' "$theme" "$view" >"$home/glouglou/settings.toml"
	# The pointer lies on nothing that would show a card.
	XDG_CONFIG_HOME=$home LIBGL_ALWAYS_SOFTWARE=1 xvfb-run -a -s '-screen 0 1280x800x24 +extension GLX -noreset' \
		bash -c 'xdotool mousemove 640 799; exec "$@"' - "$program" --picture "docs/$name.png" --after "$secs" "$@"
	rm -r "$home"
	echo "docs/$name.png"
}

picture graph-dark dark graph 20 --demo --view graph
picture mixed dark graph 24 --demo --view mixed
picture processes dark tree 20 --demo
picture table-light light flows 20 --demo
picture start dark graph 8
