//go:build linux && amd64 && !noembedded

package chlocal_test

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
)

// Codes of ClickHouse.
const (
	codeUnknownDatabase = 81
	codeReadonly        = 164
	codeAccessDenied    = 497
	codeWrongPassword   = 516
)

func code(err error) int32 {
	if e, ok := errors.AsType[*clickhouse.Exception](err); ok {
		return e.Code
	}
	return 0
}

// alive fails the test when the server has ended or does not answer.
func alive(t *testing.T, s *chlocal.Server) {
	t.Helper()
	select {
	case <-s.Done():
		t.Fatalf("the server ended: %v", s.Err())
	default:
	}
	if got := get(t, s, "SELECT 1"); got != "1" {
		t.Fatalf("the server says %q", got)
	}
}

func TestRefusedClientsDoNotEndTheServer(t *testing.T) {
	s := chtest.Server(t, chlocal.Options{Users: []chlocal.User{{Name: "writer", Password: `a<&"b`}}})
	if n := count(t, connect(t, s, clickhouse.Auth{Username: "writer", Password: `a<&"b`}), "numbers(3)"); n != 3 {
		t.Errorf("the right password: %d", n)
	}
	for range 20 {
		err := connect(t, s, clickhouse.Auth{Username: "writer", Password: "wrong"}).Ping(t.Context())
		if code(err) != codeWrongPassword {
			t.Fatalf("wrong password: %v", err)
		}
		err = connect(t, s, clickhouse.Auth{Database: "nowhere", Password: s.Password()}).Ping(t.Context())
		if code(err) != codeUnknownDatabase {
			t.Fatalf("unknown database: %v", err)
		}
	}
	alive(t, s)
}

// A connection closed with SO_LINGER 0 is reset, as the kernel does for a killed client.
func TestResetClientsDoNotEndTheServer(t *testing.T) {
	s := chtest.Server(t, chlocal.Options{})
	for range 20 {
		var raw *net.TCPConn
		conn, err := clickhouse.Open(&clickhouse.Options{Addr: []string{s.TCPAddr()}, MaxOpenConns: 1,
			Auth: clickhouse.Auth{Password: s.Password()},
			DialContext: func(ctx context.Context, addr string) (net.Conn, error) {
				c, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
				if err == nil {
					raw = c.(*net.TCPConn)
				}
				return c, err
			}})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := conn.Query(t.Context(), "SELECT number FROM system.numbers")
		if err != nil || !rows.Next() {
			t.Fatalf("the endless query: %v", err)
		}
		reset(t, raw)
		for rows.Next() { // what had arrived before
		}
		_, _, _ = rows.Err(), rows.Close(), conn.Close() // the connection was reset on purpose

		web, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.HTTPAddr())
		if err != nil {
			t.Fatal(err)
		}
		target := "/?query=SELECT+number+FROM+system.numbers&password=" + s.Password()
		if _, err := web.Write([]byte("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		if _, err := web.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		reset(t, web.(*net.TCPConn))
		alive(t, s)
	}
	// The abandoned queries end by themselves; each notices at its next write.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for get(t, s, "SELECT count() FROM system.processes WHERE query LIKE 'SELECT number%'") != "0" {
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatal("queries of dead clients are still running")
		}
	}
	alive(t, s)
}

func reset(t *testing.T, c *net.TCPConn) {
	t.Helper()
	if err := errors.Join(c.SetLinger(0), c.Close()); err != nil {
		t.Fatal(err)
	}
}

// A reader with SELECT on views alone reads through views with SQL SECURITY DEFINER.
func TestReaderOfDefinerViews(t *testing.T) {
	s := chtest.Server(t, chlocal.Options{Users: []chlocal.User{{
		Name: "reader", Password: "secret", ReadOnly: true,
		Grants: []string{"GRANT SELECT ON d.v", "GRANT SELECT ON d.parameterised"},
	}}})
	must(t, connect(t, s, as(s)),
		"CREATE DATABASE d",
		"CREATE TABLE d.t (a UInt64) ENGINE = ReplacingMergeTree(a) ORDER BY a",
		"INSERT INTO d.t SELECT number FROM numbers(10)",
		"CREATE VIEW d.v (a UInt64 COMMENT 'a') DEFINER = CURRENT_USER SQL SECURITY DEFINER AS SELECT a FROM d.t "+
			"FINAL COMMENT 'a view'",
		"CREATE OR REPLACE VIEW d.parameterised DEFINER = CURRENT_USER SQL SECURITY DEFINER AS SELECT a FROM d.t "+
			"FINAL WHERE a < {below:UInt64}")
	reader := connect(t, s, clickhouse.Auth{Username: "reader", Password: "secret"})
	if n := count(t, reader, "d.v"); n != 10 {
		t.Errorf("the view has %d rows of 10", n)
	}
	if n := count(t, reader, "d.parameterised(below = 3)"); n != 3 {
		t.Errorf("the parameterised view has %d rows of 3", n)
	}
	if err := reader.Exec(t.Context(), "SELECT a FROM d.t"); code(err) != codeAccessDenied {
		t.Errorf("the table itself: %v", err)
	}
	if err := reader.Exec(t.Context(), "SELECT a FROM d.v SETTINGS max_threads = 1"); code(err) != codeReadonly {
		t.Errorf("a setting: %v", err)
	}
}

func TestRefusedUserNames(t *testing.T) {
	for _, name := range []string{"", "default", "no><name"} {
		_, err := chlocal.Start(t.Context(), chlocal.Options{Users: []chlocal.User{{Name: name}}})
		if err == nil || !strings.Contains(err.Error(), strconv.Quote(name)) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
