package probe

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// recent is how many hours the first and the last request cover, the hour in progress included.
const recent = 48

// newest requests the newest hours. As the first request it also shows whether the API accepts the key, and which
// gateways have traffic.
func (p *prober) newest(ctx context.Context) error {
	hour := p.now.UTC().Truncate(time.Hour)
	p.hours.small = 24
	r, err := p.askRecent(ctx, hour, p.now)
	if err == nil && !r.refused() && len(r.Points) == 0 {
		p.gateway = flow.Private
		if r, err = p.askRecent(ctx, hour, p.now); err == nil && len(r.Points) == 0 {
			p.gateway = flow.Public
		}
	}
	if err == nil && r.refused() { // too long already? Try a single hour
		p.hours.small = 1
		end := flow.NewCalendar(flow.Hourly, p.zone).SettledBefore(p.now, p.set.Settle[flow.Hourly])
		r, err = p.window(ctx, p.total(flow.Hourly), flow.Window{Begin: end.Add(-time.Hour), End: end})
	}
	switch {
	case err != nil && flow.ClassOf(err) == flow.Denied:
		p.find(credentials, Wrong, reason(err), r)
		return err
	case err != nil:
		return err
	}
	p.find(credentials, Found, "the API takes the key and permits "+string(r.request.Series.Granularity)+" statistics",
		r)
	if r.refused() {
		p.find(credentials, Found, "the API takes the key", r)
		return errRefused("even the newest hour alone is refused", r)
	}
	p.hours = p.grid(flow.Hourly, p.hours.small)
	p.hours.span = p.hours.small
	if p.hours.small == 1 {
		p.find(newestData, Open, fmt.Sprintf("the API refuses to answer for %d hours at once", recent), r)
		return nil
	}
	p.recent = r
	p.age(r)
	return nil
}

// askRecent requests the newest hours, until a moment that is not in the future: the API might refuse a later EndTime.
func (p *prober) askRecent(ctx context.Context, hour, until time.Time) (reply, error) {
	begin := hour.Add(-(recent - 1) * time.Hour)
	q := flow.Request{Series: p.total(flow.Hourly), Begin: begin, End: until}
	return p.ask(ctx, q, flow.Window{Begin: begin, End: hour.Add(time.Hour)})
}

// byHour returns the points of one answer by their hour.
func byHour(r reply) map[time.Time]uint64 {
	out := map[time.Time]uint64{}
	for _, point := range r.Points {
		out[point.Time.Truncate(time.Hour)] = point.Bytes
	}
	return out
}

// age finds how late the newest data are. If the hour in progress already has a value, data come less late than that
// hour is old. If it has none, they come at least that late. Example: it is 10:20 and the newest value is that of
// 9:00; then data come 20 to 80 minutes late.
func (p *prober) age(r reply) {
	hours := slices.SortedFunc(maps.Keys(byHour(r)), time.Time.Compare)
	if len(hours) == 0 {
		p.find(newestData, Open, fmt.Sprintf("no traffic in the newest %d hours", recent), r)
		return
	}
	newest := hours[len(hours)-1]
	least, most := p.now.Sub(newest.Add(time.Hour)), p.now.Sub(newest)
	if least <= 0 {
		p.find(newestData, Found, fmt.Sprintf("the hour in progress, %s, has a value %s after it began: data are "+
			"less old than that",
			moment(newest), minutes(most)), r)
		return
	}
	p.find(newestData, Found, fmt.Sprintf("the newest value is that of %s; the next hour began %s ago and has none: "+
		"data come %s to %s late, or it had no traffic",
		moment(newest), minutes(least), minutes(least), minutes(most)), r)
	// without steady traffic, the hours may just be empty
	steady := len(hours) >= 24 && newest.Sub(hours[len(hours)-24]) == 23*time.Hour
	if settle := p.set.Settle[flow.Hourly]; steady && least > settle {
		p.follows.Settle[flow.Hourly] = (least + settle).Truncate(5*time.Minute) + 5*time.Minute
		p.follow(newestData, keySettleHourly, length(p.follows.Settle[flow.Hourly]),
			"data come later than the hours are requested")
	}
}

// lastSeen reports the newest value of an account whose newest hours are empty.
func (p *prober) lastSeen() {
	hours := slices.SortedFunc(maps.Keys(p.points(p.hours.series, p.hours.calendar)), time.Time.Compare)
	if len(hours) > 0 {
		newest := hours[len(hours)-1]
		p.find(newestData, Warning, fmt.Sprintf("the newest value is that of %s, %s: there was no traffic since, or "+
			"data come that late",
			moment(newest), p.ago(newest)), p.hours.widest)
	}
}

// growth requests the newest hours again and reports which have changed since the probe began.
func (p *prober) growth(ctx context.Context) error {
	f, first := p.findings[newestData], p.recent
	if f.State == Open && !first.window.Empty() {
		p.lastSeen()
	}
	if f.State != Found || first.window.Empty() {
		return nil
	}
	again := p.deps.Now()
	r, err := p.ask(ctx, flow.Request{Series: first.request.Series, Begin: first.request.Begin,
		End: again}, first.window)
	if err != nil || r.refused() {
		return err
	}
	var changed []string
	before := byHour(first)
	for hour, bytes := range byHour(r) {
		if old, had := before[hour]; (!had || old != bytes) && hour.Before(first.window.End) {
			changed = append(changed, moment(hour))
		}
	}
	slices.Sort(changed)
	f.Result += fmt.Sprintf("; within %s of probing %s changed; when an hour is complete shows only over days "+
		"(mnaflow status)",
		again.Sub(p.now).Round(time.Second), list(changed, "none of the newest hours"))
	f.Requests = append(f.Requests, r.RequestID)
	p.findings[newestData] = f
	return nil
}
