//go:build linux && amd64 && !noembedded

package chlocal

import (
	"bytes"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// output keeps the end of what the engine printed, which is the only place where a failed
// start says why. It passes everything on to the log.
type output struct {
	log io.Writer

	mu   sync.Mutex
	tail []byte
}

const outputKept = 8 << 10

// Write never fails: a log that is full must not block or end the server.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	o.tail = append(o.tail, p...)
	if n := len(o.tail) - outputKept; n > 0 {
		o.tail = append(o.tail[:0], o.tail[n:]...)
	}
	o.mu.Unlock()
	if o.log != nil {
		_, _ = o.log.Write(p)
	}
	return len(p), nil
}

// The engine has no other channel for its error codes than this text, whose form is stable.
var codeText = regexp.MustCompile(`Code: (\d+)\.`)

// code is the first error code that was printed, 0 if none.
func (o *output) code() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	m := codeText.FindSubmatch(o.tail)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(m[1])) // digits by the expression; out of range is no code
	return n
}

// reason is the line with the first error, else the last one, to be appended to a message.
func (o *output) reason() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var last string
	for line := range bytes.Lines(o.tail) {
		text := strings.TrimSpace(string(line))
		if text == "" {
			continue
		}
		last = text
		if codeText.MatchString(text) {
			break
		}
	}
	if last == "" {
		return ""
	}
	return ": " + last
}

// forget drops what was printed so far: after the start it is no reason for a later failure.
func (o *output) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tail = nil
}
