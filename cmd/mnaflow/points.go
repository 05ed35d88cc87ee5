package main

import (
	"context"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/pipeline"
)

// The named points of a pass, between any two of its effects: "before request" and "after answer", "before held" and "after held" (which
// completes the history of late writers), and "before" and "after" each table that is inserted into. Tests kill the program at them; nobody
// else sets world.reached, and then the functions here change nothing.

// atRequests tells of each request beside observe.
func (w world) atRequests(observe func(retry bool) func(result string)) func(retry bool) func(result string) {
	if w.reached == nil {
		return observe
	}
	return func(retry bool) func(string) {
		ended := func(string) {}
		if observe != nil {
			ended = observe(retry)
		}
		w.reached("before request")
		return func(result string) {
			ended(result)
			w.reached("after answer")
		}
	}
}

// atInserts tells of each insert beside observe.
func (w world) atInserts(observe func(table string) func()) func(table string) func() {
	if w.reached == nil {
		return observe
	}
	return func(table string) func() {
		acknowledged := func() {}
		if observe != nil {
			acknowledged = observe(table)
		}
		w.reached("before " + table)
		return func() {
			acknowledged()
			w.reached("after " + table)
		}
	}
}

// atHeld tells of each look at what is held.
func (w world) atHeld(warehouse pipeline.Warehouse) pipeline.Warehouse {
	if w.reached == nil {
		return warehouse
	}
	return pointedWarehouse{warehouse, w.reached}
}

type pointedWarehouse struct {
	pipeline.Warehouse
	reached func(point string)
}

// Held is that of the warehouse, between two points.
func (w pointedWarehouse) Held(ctx context.Context, attempts []flow.Attempt) ([][]flow.Held, error) {
	w.reached("before held")
	defer w.reached("after held")
	return w.Warehouse.Held(ctx, attempts)
}
