package config

var section = `auth.access_key`
