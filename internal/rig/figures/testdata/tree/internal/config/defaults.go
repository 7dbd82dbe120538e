// Package config has the section of each method.
package config

var accessKeyByDefault = ""
