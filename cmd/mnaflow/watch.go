package main

import (
	"context"

	"github.com/mnaflow/mnaflow/extract"
	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/pipeline"
	watch "github.com/mnaflow/mnaflow/internal/status"
	"github.com/mnaflow/mnaflow/load"
)

// newMetrics are the metrics of a configuration.
func (o *options) newMetrics(c *config.Config) *watch.Metrics {
	labels := watch.Config{Version: version(), Granularities: c.Extract.Granularities, Tables: load.Tables()}
	for _, a := range c.Accounts {
		labels.Accounts = append(labels.Accounts, a.Name)
	}
	return watch.NewMetrics(labels, o.now)
}

// observeInserts is whom the warehouse tells of inserts.
func (o *options) observeInserts() func(table string) func() {
	if o.metrics == nil {
		return nil
	}
	return o.metrics.Insert
}

// observeRequests is whom an account's client tells of requests. The metrics show the pace of its key from then on.
func (o *options) observeRequests(account string, pace *extract.Pace) func(retry bool) func(result string) {
	if o.metrics == nil {
		return nil
	}
	o.metrics.Pace(account, pace.PerSecond, pace.Most())
	return func(retry bool) func(string) { return o.metrics.Request(account, retry) }
}

// observeBatches is the warehouse as a pass sees it.
func (o *options) observeBatches(w *load.Warehouse) pipeline.Warehouse {
	if o.metrics == nil {
		return w
	}
	return observedWarehouse{w, o.metrics}
}

// observedWarehouse tells the metrics of every batch that the ledger has.
type observedWarehouse struct {
	*load.Warehouse
	metrics *watch.Metrics
}

// Store stores a batch and counts it once it is stored.
func (w observedWarehouse) Store(ctx context.Context, runID string, attempts []flow.Attempt, held [][]flow.Held) error {
	err := w.Warehouse.Store(ctx, runID, attempts, held)
	if err == nil {
		w.metrics.Attempts(attempts)
	}
	return err
}
