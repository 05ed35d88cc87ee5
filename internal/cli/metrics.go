package cli

import (
	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/monitor"
	"github.com/mnaflow/mnaflow/load"
)

// newMetrics returns metrics with a series for each configured account and granularity.
func (o *options) newMetrics(c *config.Config) *monitor.Metrics {
	labels := monitor.Config{Version: version(), Granularities: c.Extract.Granularities, Tables: load.Tables()}
	for _, a := range c.Accounts {
		labels.Accounts = append(labels.Accounts, a.Name)
	}
	return monitor.NewMetrics(labels, o.Now)
}
