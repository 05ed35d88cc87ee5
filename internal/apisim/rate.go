package apisim

// limiter lets the first requests that arrive in each second of the server's clock pass, for each secret id.
type limiter struct {
	second int64
	seen   map[string]int
}

// arrive counts a request and returns the number it has within its second. Only the running second is kept,
// so memory stays bounded; a clock that jumps begins anew.
func (l *limiter) arrive(secretID string, second int64) int {
	if l.seen == nil || l.second != second {
		l.second, l.seen = second, map[string]int{}
	}
	l.seen[secretID]++
	return l.seen[secretID]
}
