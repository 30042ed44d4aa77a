#!/bin/bash
# Makes the pictures of the README from the demo, and from networks that do not exist: bash docs/pictures.sh PROGRAM [NAME…]; without names all of them. `make pictures` calls it.
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

# NAME ARGUMENTS…
shot() {
	local name=$1
	shift
	[[ $wanted == "  " || $wanted == *" $name "* ]] || return 0
	"$program" shot -o "docs/$name.png" --size 1000x640 "$@"
	echo "docs/$name.png"
}

made=$(mktemp -d)
trap 'rm -r "$made"' EXIT
python3 docs/made_up.py star "$made/star.pcap"
python3 docs/made_up.py many "$made/many.pcap"
shot discs --demo --layout grouped --group subnet --open --theme light
shot layers --demo --layout layers
shot star -r "$made/star.pcap" --nodes 5000
shot many -r "$made/many.pcap" --group subnet

picture graph-dark dark graph 20 --demo --view graph
picture mixed dark graph 24 --demo --view mixed
picture processes dark tree 20 --demo
picture table-light light flows 20 --demo
picture start dark graph 8
