package cli

import (
	"cmp"
	"time"

	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/pipeline"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// rangeFlags are the flags that choose a range of time and some of the configured series.
type rangeFlags struct {
	from, to string
	selected selection
}

func (r *rangeFlags) flags(cmd *cobra.Command, o *options) {
	cmd.Flags().StringVar(&r.from, "from", "",
		"start of the range: 2026-01-31, RFC 3339, -30d or -12h (default the configured start)")
	cmd.Flags().StringVar(&r.to, "to", "", "end of the range, exclusive (default now)")
	r.selected.flags(cmd, o)
}

// withWarehouse reads the configuration, turns the flags into an order, opens the warehouse and calls f with all three.
func (r *rangeFlags) withWarehouse(
	o *options, f func(*config.Config, pipeline.Order, *warehouse.DB) error,
) error {
	c, order, err := r.order(o)
	if err != nil {
		return err
	}
	db, err := o.openWarehouse(c)
	if err != nil {
		return err
	}
	defer db.Close()
	return f(c, order, db)
}

// order reads the configuration and turns the flags into the order of a pass. A usageError says which flag is wrong.
func (r *rangeFlags) order(o *options) (*config.Config, pipeline.Order, error) {
	var order pipeline.Order
	c, err := o.loadConfig()
	if err != nil {
		return nil, order, err
	}
	if order.Series, err = r.selected.from(c); err != nil {
		return nil, order, err
	}
	if order.From, err = parseMoment("--from", r.from, o.Now()); err != nil {
		return nil, order, err
	}
	if order.To, err = parseMoment("--to", r.to, o.Now()); err != nil {
		return nil, order, err
	}
	begin := settings(c).Start
	for _, a := range c.Accounts {
		calendar := flow.NewCalendar(flow.Hourly, a.TimeZone)
		from, to := order.From.In(calendar, calendar.DateStart(begin)), order.To.In(calendar, o.Now())
		switch first := cmp.Or(r.from, begin.Format(time.DateOnly)+" (extract.start)"); {
		case from.After(o.Now()):
			return nil, order, usagef("--from %s lies in the future: nothing can be loaded yet", first)
		case !from.Before(to):
			return nil, order, usagef("--from %s is not before --to %s: write a later --to", first, cmp.Or(r.to, "now"))
		}
	}
	return c, order, nil
}
