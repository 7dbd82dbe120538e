package doctest

// rabbitMQ is the rabbitmq-server of the pages: the real one, with its management plugin,
// at ports of the page's own and with its data in the page's folder. Its name server
// ends with it. It says something when it can be used.
const rabbitMQ = `#!/usr/bin/env bash
set -euo pipefail
read -r amqp management <<<"$RABBITMQ_PORTS"
dir=$PWD/rabbitmq
free() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
export ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT RABBITMQ_DIST_PORT HOME=$dir
ERL_EPMD_PORT=$(free)
RABBITMQ_DIST_PORT=$(free)
export RABBITMQ_NODENAME=d$RABBITMQ_DIST_PORT@localhost RABBITMQ_CONFIG_FILE=$dir/rabbitmq.conf RABBITMQ_ENABLED_PLUGINS_FILE=$dir/plugins
export RABBITMQ_MNESIA_BASE=$dir RABBITMQ_LOG_BASE=$dir RABBITMQ_PID_FILE=$dir/pid
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}"
mkdir -p "$dir"
echo "[rabbitmq_management]." >"$dir/plugins"
cat >"$dir/rabbitmq.conf" <<END
listeners.tcp.1 = 127.0.0.1:$amqp
management.tcp.ip = 127.0.0.1
management.tcp.port = $management
disk_free_limit.absolute = 1MB
END
epmd -address 127.0.0.1 -port "$ERL_EPMD_PORT" &
names=$!
/usr/lib/rabbitmq/bin/rabbitmq-server >"$dir/said" 2>&1 &
server=$!
trap 'kill "$server"; wait "$server" || true; kill "$names"; exit 0' TERM
until grep -q "completed with" "$dir/said"; do
	if ! kill -0 "$server" 2>/dev/null; then
		cat "$dir/said"
		kill "$names"
		exit 1
	fi
	sleep 0.2
done
echo "RabbitMQ is ready"
wait "$server"
`
