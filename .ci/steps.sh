# Steps of a proof, for bash: each says what holds, and the first that does not ends
# it with exit code 1.
# shellcheck shell=bash

# step WHAT COMMAND...: COMMAND succeeds.
step() {
	local what=$1 said
	shift
	if said=$("$@" 2>&1); then
		echo "ok    $what"
	else
		printf 'FAIL  %s\n      %s\n%s\n' "$what" "$*" "$(tail -n 5 <<<"$said")"
		if declare -F details >/dev/null; then details; fi
		exit 1
	fi
}

# refused COMMAND...: COMMAND fails.
refused() { ! "$@"; }

# verified UNIT...: systemd-analyze has nothing to say of these unit files. What it says
# of others, which some package has put on this machine, does not count.
verified() {
	local said code=0 line unit rest=''
	said=$(systemd-analyze verify --man=no "$@" 2>&1) || code=$?
	while IFS= read -r line; do
		# FOLDER/NAME.TYPE:LINE: TEXT, or NAME.TYPE: TEXT
		unit=$(sed -nE 's#^([^ :]*/)?([^/ :]+\.(service|timer|socket|target|mount|path|slice|swap|automount|device|scope)):.*#\2#p' <<<"$line")
		if [ -n "$line" ] && { [ -z "$unit" ] || [[ " ${*##*/} " == *" $unit "* ]]; }; then rest+=$line$'\n'; fi
	done <<<"$said"
	if [ -n "$rest" ]; then printf '%s' "$rest" && return 1; fi
	[ "$code" -eq 0 ] || [ -n "$said" ]
}

# within SECONDS COMMAND...: COMMAND succeeds before they are over.
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		if [ "$SECONDS" -ge "$end" ]; then return 1; fi
		sleep 0.1
	done
}

# says TEXT COMMAND...: the output of COMMAND holds TEXT.
says() {
	local text=$1 said
	shift
	said=$("$@" 2>&1) || true
	case $said in *"$text"*) ;; *) echo "not in: $said" && return 1 ;; esac
}

# fetch ADDRESS PORT PATH: an HTTP GET.
fetch() (
	exec 3<>"/dev/tcp/$1/$2"
	printf 'GET %s HTTP/1.0\r\nHost: %s:%s\r\n\r\n' "$3" "$1" "$2" >&3
	cat <&3
)
