//go:build !noembedded

package chlocal

const unsupported = "the embedded ClickHouse runs only on linux/amd64 with glibc"
