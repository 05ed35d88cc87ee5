package config

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// faulty is a file with the full text of its faults.
type faulty struct{ name, file, want string }

func allFaulty() []faulty {
	return slices.Concat(faultyFiles, faultyKeys, faultyValues, faultyAccounts, faultyCredentials, faultyVariables,
		faultyClickHouse, faultySchedule)
}

func TestFaultsSayWhereAndWhatToWrite(t *testing.T) {
	env := environment(map[string]string{"SECRET": "hunter2", "EMPTY": ""})
	for _, test := range allFaulty() {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse("config.yaml", []byte(test.file), env)
			faults, ok := errors.AsType[Faults](err)
			if !ok || len(faults) == 0 {
				t.Fatalf("Parse: %v, want faults", err)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("a secret is shown: %v", err)
			}
			for _, f := range faults {
				if f.File != "config.yaml" || f.Line < 1 || f.Column < 1 || strings.ContainsAny(f.String(), "\n\r") {
					t.Errorf("%+v has no place, or is not one line", f)
				}
			}
		})
	}
}
