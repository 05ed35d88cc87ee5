package cli

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/mnaflow/mnaflow/extract"
	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/pipeline"
	"github.com/mnaflow/mnaflow/internal/trace"
	"github.com/mnaflow/mnaflow/internal/warehouse"
	"github.com/mnaflow/mnaflow/load"
)

// openWarehouse returns the configured warehouse. It connects with the first statement.
func (o *options) openWarehouse(c *config.Config) (*warehouse.DB, error) {
	secured, err := tlsConfig(c.ClickHouse.TLS)
	if err != nil {
		return nil, err
	}
	return warehouse.Open(warehouse.Config{
		Addresses: c.ClickHouse.Addresses, HTTP: c.ClickHouse.Protocol == config.HTTP, Database: c.ClickHouse.Database,
		Username: c.ClickHouse.Username, Password: c.ClickHouse.Password.Reveal(), TLS: secured, Program: version(),
		Timeout: c.ClickHouse.Timeout,
	}, warehouse.Dependencies{Wait: o.Wait, Log: o.log, Trace: o.Trace})
}

// tlsConfig returns the TLS of the warehouse, nil if it is off. Errors are usageErrors that name the key.
func tlsConfig(c config.TLS) (*tls.Config, error) {
	if !c.Enabled {
		return nil, nil
	}
	out := &tls.Config{ServerName: c.ServerName, MinVersion: tls.VersionTLS12}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, usagef("clickhouse.tls.ca_file: %w", err)
		}
		out.RootCAs = x509.NewCertPool()
		if !out.RootCAs.AppendCertsFromPEM(pem) {
			return nil, usagef("clickhouse.tls.ca_file: %s holds no PEM certificate", c.CAFile)
		}
	}
	if c.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			return nil, usagef("clickhouse.tls.cert_file %s and key_file %s: %w", c.CertFile, c.KeyFile, err)
		}
		out.Certificates = []tls.Certificate{pair}
	}
	return out, nil
}

// newRunner returns a pipeline that connects the accounts with their clients and the warehouse.
func (o *options) newRunner(
	c *config.Config, db *warehouse.DB, clients map[string]*extract.Client,
) *pipeline.Runner {
	withClients := accounts(c)
	for name, client := range clients {
		a := withClients[name]
		a.API = client
		withClients[name] = a
	}
	return pipeline.New(settings(c), pipeline.Dependencies{
		Warehouse: load.New(db, o.Trace, o.log), Accounts: withClients, All: series(c), Now: o.Now,
		Trace: o.Trace, Log: o.log, Program: version(),
	})
}

// withTrace returns a copy of the options whose passes report to t as well.
func (o *options) withTrace(t trace.Trace) *options {
	out := *o
	out.Trace = trace.Join(t, o.Trace)
	return &out
}

// newClients returns a client for each account, by name. Accounts that share a rate limit of the vendor share a pace:
// the lowest configured rate among them. Example: two accounts with one key, configured for 18 and 10 requests a
// second, send 10 a second together.
//
// It sends nothing: a client gets a temporary key with its first request. Errors are usageErrors.
func (o *options) newClients(c *config.Config) (map[string]*extract.Client, error) {
	if err := extract.CheckProxy(o.Env); err != nil {
		return nil, usage(err)
	}
	deps := make([]extract.Dependencies, len(c.Accounts))
	slowest := map[string]float64{} // requests a second, by limit
	for i, a := range c.Accounts {
		credential, err := extract.Credential(keyOf(a), o.Env, o.Now)
		if err != nil {
			return nil, usagef("account %s: %w", a.Name, err)
		}
		deps[i] = extract.Dependencies{
			Account: a.Name, Credential: credential, Wait: o.Wait, Random: rand.Float64, Log: o.log,
		}
		limit := extract.Limit(credential)
		slowest[limit] = min(a.RequestsPerSecond, cmp.Or(slowest[limit], a.RequestsPerSecond))
	}
	paces := map[string]*extract.Pace{}
	for limit, perSecond := range slowest {
		paces[limit] = extract.NewPace(perSecond, o.Now)
	}
	out := map[string]*extract.Client{}
	for i, a := range c.Accounts {
		deps[i].Pace = paces[extract.Limit(deps[i].Credential)]
		deps[i].Trace = o.Trace
		client, err := extract.New(
			extract.Config{Endpoint: a.Endpoint, Timeout: c.Extract.Timeout, MaxAttempts: c.Extract.MaxAttempts},
			deps[i])
		if err != nil {
			return nil, usagef("account %s: %w", a.Name, err)
		}
		out[a.Name] = client
	}
	return out, nil
}

// accounts returns the configured accounts by name, without API clients: enough for planning.
func accounts(c *config.Config) map[string]pipeline.Account {
	out := map[string]pipeline.Account{}
	for _, a := range c.Accounts {
		out[a.Name] = pipeline.Account{Name: a.Name, Zone: a.TimeZone}
	}
	return out
}

func keyOf(a config.Account) extract.Key {
	c := a.Credentials
	k := extract.Key{
		Source: string(c.Source), ID: c.SecretID.Reveal(), Secret: c.SecretKey.Reveal(), Token: c.Token.Reveal(),
		RoleARN: c.RoleARN, Session: c.SessionName, Duration: c.Duration, Endpoint: c.Endpoint, RoleName: c.RoleName,
	}
	if c.Source == config.SourceOIDC { // STS of the account's site: mna.intl.tencentcloudapi.com and sts.intl.…
		k.Endpoint = strings.Replace(a.Endpoint, "://mna.", "://sts.", 1)
	}
	return k
}

// settings returns the rules of planning from the configuration.
func settings(c *config.Config) pipeline.Settings {
	e := c.Extract
	return pipeline.Settings{
		Start:  time.Date(e.Start.Year, e.Start.Month, e.Start.Day, 0, 0, 0, 0, time.UTC),
		Settle: e.Settle.Map(), Refresh: e.Refresh.Map(), Finality: e.Finality,
		Record: e.AnswerCheck == config.RecordAnswer,
		MaxBuckets: map[flow.Granularity]int{
			flow.Hourly: int(e.MaxWindow.Hourly / time.Hour), flow.Daily: int(e.MaxWindow.Daily / (24 * time.Hour)),
		},
	}
}

// series returns every configured series, ordered by account and granularity.
func series(c *config.Config) []flow.Series {
	var out []flow.Series
	for _, a := range c.Accounts {
		for _, g := range c.Extract.Granularities {
			for _, r := range c.Extract.Regions {
				for _, gw := range c.Extract.GatewayTypes {
					for _, t := range c.Extract.TrafficTypes {
						s := flow.Series{Account: a.Name, Granularity: g, Region: r, Gateway: gw, Traffic: t}
						out = append(out, s)
					}
				}
			}
		}
	}
	return out
}

// wanted returns the configured settings of some series.
func wanted(c *config.Config, some []flow.Series) []flow.Setting {
	return settings(c).Wanted(accounts(c), some)
}

// wait returns nil after d, or the error of ctx if that ends first.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
