//go:build noembedded

package chlocal

const unsupported = "the embedded ClickHouse is left out of this build (tag noembedded), which runs without glibc"
