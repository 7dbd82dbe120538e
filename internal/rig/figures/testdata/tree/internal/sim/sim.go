// Package sim plays the other side.
package sim

var accessKey string
