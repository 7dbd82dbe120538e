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

# silent COMMAND...: COMMAND succeeds and says nothing.
silent() {
	local said
	said=$("$@" 2>&1) || return 1
	[ -z "$said" ] || { echo "$said" && return 1; }
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
