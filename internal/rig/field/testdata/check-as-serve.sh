#!/usr/bin/env bash
# What check refuses serve refuses, with the same words; and check says where serve listens.
echo 'schedule: [{cron: "0 2 1 1 *"}]' >>cleaner.yaml
both() { # SAYS: both refuse cleaner.yaml and say so
	local command code
	for command in check serve; do
		code=0
		timeout 20 cleaner "$command" --config "$1.yaml" >said 2>&1 || code=$?
		test "$code" = 2 || { cat said; exit 1; }
		grep -F "$2" said
	done
}
for url in 'sqlite://a/b' 'sqlite:///var/lib/queue.db' 'sqlite:/var/lib/'; do
	sed "s|sqlite:[^']*|$url|" cleaner.yaml >url.yaml
	both url 'must be sqlite:PATH'
done
long=$PWD/$(printf 'd%.0s' {1..100})
{ cat cleaner.yaml && echo "listen: {socket: $long}"; } >long.yaml
both long 'choose a shorter one'
{ cat cleaner.yaml && echo "listen: {address: ''}"; } >none.yaml
cleaner check --config none.yaml | grep -F 'listen   127.0.0.1:9464'
{ cat cleaner.yaml && echo "listen: {address: '', socket: $PWD/control}"; } >socket.yaml
cleaner check --config socket.yaml | grep -Fx "listen   $PWD/control"
