//go:build !linux

package chtest

func memory() string { return "" }
