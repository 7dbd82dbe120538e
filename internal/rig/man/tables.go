package man

// files are where the packages put things; the configuration may say otherwise.
var files = []Item{
	{"/etc/cleaner/cleaner.yaml", "the configuration"},
	{"/etc/credstore/cleaner.password", "the password, which systemd hands over"},
	{"/var/lib/cleaner/queue.db", "the ledger; beside it its lock, the rejected lines and the times of the schedules"},
	{"/run/cleaner/control", "the socket over which a running serve is steered"},
	{"/usr/share/doc/cleaner", "what else there is to read, and the configuration with all its keys"},
}
