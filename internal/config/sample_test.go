package config

import (
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// config.yaml at the top level has every key that is printed for a configuration of defaults.
func TestTheExampleShowsEveryKey(t *testing.T) {
	text, err := os.ReadFile("../../config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(keys(t, Default().YAML()), keys(t, text)); diff != "" {
		t.Errorf("the schema's keys -, those of config.yaml +:\n%s", diff)
	}
}

// keys lists the paths of the keys in a text, such as clickhouse.tls.enabled.
func keys(t *testing.T, text []byte) []string {
	t.Helper()
	var file any
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, value := range v {
				found[path+key] = true
				walk(path+key+".", value)
			}
		case []any:
			for _, item := range v {
				walk(path, item)
			}
		}
	}
	walk("", file)
	return slices.Sorted(maps.Keys(found))
}
