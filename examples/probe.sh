#!/bin/bash
# A probe: tells a `glouglou --listen 127.0.0.1:4430 --plain` of a flow that grows. probe.sh [HOST [PORT]]
# A number of so many bytes, in hexadecimal digits.
n() { printf "%0$(($1 * 2))x" "$2"; }
# IPv4, TCP, 50001 to 443, 192.0.2.11 to 198.51.100.20; connection 1.
FLOW=0406$(n 2 50001)$(n 2 443)0000c000020bc6336414$(n 4 1)
record() { echo "00$1$(n 2 $((${#2} / 2)))00000000$2"; }
newconn() { record 01 "$FLOW$(n 8 "$1")$(n 4 0)"; }
data() { record 03 "$FLOW$(n 4 "$2")$(n 4 "$2")$(n 8 $(($1 * $2)))$(n 8 $(($1 * $2)))$(n 8 "$1")$(n 8 "$1")"; }
# Probe, number of the datagram, microseconds, number of the first event, one record.
plain() { echo "03ff3100$(n 4 "$1")$(n 8 "$2")$(n 8 "$3")$(n 8 "$4")$(n 2 1)$(n 2 0)$(n 4 1)$5"; }
# One write is one datagram.
send() { printf "%b" "$(sed 's/../\\x&/g' <<< "$1")" | dd bs=2048 status=none > "/dev/udp/${2:-127.0.0.1}/${3:-4430}"; }

if [ "$0" = "${BASH_SOURCE[0]}" ]; then
    for ((i = 0; ; i++)); do
        now=$(date +%s%6N)
        if [ $i = 0 ]; then send "$(plain 43 $i "$now" $i "$(newconn "$now")")" "$@"; else send "$(plain 43 $i "$now" $i "$(data $i 1000)")" "$@"; fi
        sleep 0.25
    done
fi
