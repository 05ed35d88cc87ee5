package terminal

import (
	"log/slog"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// An account of which nothing is due has no bar: "0/0 … 0 %" reads as if something had gone wrong.
func TestNothingDueHasNoBar(t *testing.T) {
	p := NewProgress(slog.New(slog.DiscardHandler), time.Now, nil)
	p.Trace().Planned("main", flow.Hourly, 0)
	if lines := p.snapshot(); len(lines) != 0 {
		t.Errorf("there are %d bars, want none", len(lines))
	}
	p.Trace().Planned("main", flow.Daily, 2)
	if lines := p.snapshot(); len(lines) != 1 || lines[0].windows != 2 {
		t.Errorf("%+v, want one bar of two windows", lines)
	}
}
