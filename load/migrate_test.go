package load_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/load"
)

func open(t *testing.T) *load.Warehouse {
	db := chtest.Open(t)
	w, err := load.Open(load.Config{Addresses: []string{db.Addr}, Database: db.Name, Username: "default"}, load.Dependencies{Log: slog.Default()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func TestMigrate(t *testing.T) {
	w := open(t)
	if err := w.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := w.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
}
