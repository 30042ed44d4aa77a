#!/usr/bin/env bash
# Installs the Debian packages that are named and missing; elsewhere says what is needed. Does nothing where all is there.
set -euo pipefail

command -v cargo >/dev/null || {
	echo "Rust is missing: see https://rustup.rs" >&2
	exit 1
}
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	echo "This is no Debian or Ubuntu: make sure that you have what these packages hold: $*"
	exit 0
fi
missing=()
for package in "$@"; do
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] && continue
	# Others put some of these programs into packages of other names.
	command -v "$package" >/dev/null || missing+=("$package")
done
[ "${#missing[@]}" -eq 0 ] && exit 0

sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo
echo "Installing ${missing[*]}"
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
