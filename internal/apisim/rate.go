package apisim

// limiter counts the requests of each secret id in the present second of the server's clock.
type limiter struct {
	second int64
	seen   map[string]int
}

// arrive counts a request and returns its number within its second. It keeps the present second only, so that memory
// stays bounded. If the clock jumps, the count starts again.
func (l *limiter) arrive(secretID string, second int64) int {
	if l.seen == nil || l.second != second {
		l.second, l.seen = second, map[string]int{}
	}
	l.seen[secretID]++
	return l.seen[secretID]
}
