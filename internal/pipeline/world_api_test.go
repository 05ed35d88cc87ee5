package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// asked is one request.
type asked struct {
	flow.Series
	flow.Window
	at      time.Time
	refused bool
}

// refuses is the API's rule.
func (w *world) refuses(s flow.Series, win flow.Window) bool {
	if kept := w.kept[s.Region]; kept > 0 && win.Begin.Before(w.now.Add(-kept)) || w.shut[s.Region] ||
		w.span > 0 && w.calendar.Count(win) > w.span {
		return true
	}
	return w.hits(w.poisoned[s], win)
}

func (w *world) hits(bad map[int64]bool, win flow.Window) bool {
	for b := range bad {
		if win.Contains(time.Unix(b, 0)) {
			return true
		}
	}
	return false
}

func (w *world) Fetch(
	ctx context.Context, s flow.Series, win flow.Window, stamp func() flow.Stamp,
) (flow.Answer, error) {
	sent := stamp()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(w.latency)
	n := len(w.asked)
	no := w.refuses(s, win)
	w.asked = append(w.asked, asked{s, win, w.now, no})
	id := fmt.Sprint("r-", n)
	if w.down != nil {
		if err := w.down(n + 1); err != nil {
			if f, ok := errors.AsType[*flow.Error](err); ok {
				f.Sent, f.Attempts = sent, 1
			}
			return flow.Answer{Sent: sent, Attempts: 1}, err
		}
	}
	if no {
		return flow.Answer{}, &flow.Error{
			Class: flow.Refused, RequestID: id, Sent: sent, Attempts: 1, Err: errors.New("InvalidParameterValue"),
		}
	}
	a := flow.Answer{RequestID: id, Sent: sent, Attempts: 1}
	if w.hits(w.nonsense[s], win) {
		a.Points = []flow.Point{{Time: win.Begin, Bytes: 1}, {Time: win.Begin, Bytes: 2}}
	}
	return a, ctx.Err()
}
