package apisim

import (
	"cmp"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"
)

const html502 = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n" +
	"<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"

// answerFlow answers GetFlowStatisticByRegion.
func (s *Simulator) answerFlow(c *call, body []byte) {
	q, fault := parseRequest(body)
	if fault != nil {
		s.delay(c, 0)
		c.fail(http.StatusOK, *fault)
		return
	}
	c.log.Granularity, c.log.Region, c.log.Gateway, c.log.Traffic = q.words()
	c.log.Begin, c.log.End = q.begin, q.end
	s.mu.Lock()
	s.stats.Granularity[c.log.Granularity]++
	s.mu.Unlock()

	// Compute the points now, before any latency: a slow answer must not show data that are newer than its request.
	v := s.view(c.set, c.asOf)
	var points []point
	fault = q.admit(c.set, v.now())
	if fault == nil {
		points = v.points(q, c.set)
	}
	rule, struck := s.strike(c, q, fault == nil, len(points))
	if struck {
		c.faultKind = rule.Kind
		c.log.RequestID = cmp.Or(rule.RequestID, c.log.RequestID)
	}
	s.delay(c, time.Duration(rule.Latency))
	replaced := struck && slices.Contains(replacingKinds, rule.Kind) && rule.Kind != FaultSlow
	if fault != nil && !replaced {
		c.fail(http.StatusOK, *fault)
		return
	}
	sums := total(points, c.set)
	if struck && !replaced {
		points, sums = v.mutate(rule, points, q, c.set)
	}
	c.log.Points = len(points)
	answer := writeAnswer(points, sums, q, c.set, c.log.RequestID)
	if replaced {
		c.replace(rule, answer)
		return
	}
	c.log.Outcome = outcomeOK
	c.send(http.StatusOK, "application/json", answer)
}

// delay waits for the latency. If the client goes away meanwhile, it ends the request.
func (s *Simulator) delay(c *call, more time.Duration) {
	d := time.Duration(c.set.Latency) + more
	if d <= 0 {
		return
	}
	if err := s.wait(c.request.Context(), d); err != nil {
		c.log.Outcome = "fault:client gone"
		panic(http.ErrAbortHandler)
	}
}

// replace sends what a fault sends instead of the answer.
func (c *call) replace(f Fault, answer []byte) {
	c.log.Outcome = "fault:" + f.Kind
	c.log.Points = 0
	status := f.HTTPStatus
	if status == 0 {
		status = http.StatusOK
	}
	switch f.Kind {
	case FaultError:
		c.fail(status, apiError{f.Code, f.Message})
	case FaultHTML502:
		if f.HTTPStatus == 0 {
			status = http.StatusBadGateway
		}
		c.send(status, "text/html", []byte(html502))
	case FaultTruncate:
		c.send(status, "application/json", answer[:len(answer)/2])
	case FaultGarbage:
		c.send(status, "application/json", []byte("\x1f\x8b not JSON at all >"))
	case FaultEmptyObject:
		c.send(status, "application/json", []byte("{}"))
	case FaultNullResponse:
		c.send(status, "application/json", []byte(`{"Response":null}`))
	case FaultHang:
		<-c.request.Context().Done()
		panic(http.ErrAbortHandler)
	case FaultReset:
		c.reset()
	case FaultResetBody:
		// The body is shorter than Content-Length says: the client misses the rest when the connection closes.
		c.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		c.send(status, "application/json", answer[:len(answer)/2])
		// A writer that cannot flush loses the whole body: the client sees a reset as well.
		_ = http.NewResponseController(c.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
}

// reset closes the connection with a TCP reset.
func (c *call) reset() {
	conn, _, err := http.NewResponseController(c.ResponseWriter).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // no TCP connection at hand: just close it
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // without it the client sees an EOF, which is a reset as well
	}
	_ = conn.Close()
}
