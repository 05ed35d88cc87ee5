package config

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

func TestSecretNeverPrints(t *testing.T) {
	const text = "hunter2"
	secret := NewSecret(text)
	type hidden struct{ inside Secret }
	values := map[string]any{
		"itself":            secret,
		"a pointer":         &secret,
		"in a struct":       struct{ Key Secret }{secret},
		"in a hidden field": hidden{secret},
		"behind a pointer":  &struct{ Key *hidden }{&hidden{secret}},
		"in a slice":        []Secret{secret},
		"in a map":          map[string]Secret{"key": secret},
		"as a key":          map[Secret]int{secret: 1},
		"in an error":       fmt.Errorf("connect with %v: %w", secret, fmt.Errorf("%s", secret)),
		"in a configuration": Config{Accounts: []Account{{Credentials: Credentials{SecretKey: secret}}},
			ClickHouse: ClickHouse{Password: secret}},
	}
	for name, v := range values {
		printed := map[string]string{}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p", "% x", "%10.3v",
			"%#q", "%U", "%c", "%T"} {
			printed[verb] = fmt.Sprintf(verb, v)
		}
		printed["Sprint"] = fmt.Sprint(v)
		for format, marshal := range map[string]func(any) ([]byte, error){
			"json": json.Marshal, "xml": xml.Marshal, "yaml": func(v any) ([]byte, error) { return yaml.Dump(v) },
		} {
			b, _ := marshal(v) // a format that fails prints nothing, which is fine
			printed[format] = string(b)
		}
		var text, structured bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).Info("m", "v", v, slog.Group("g", slog.Any("v", v)))
		slog.New(slog.NewJSONHandler(&structured, nil)).Info("m", "v", v, slog.Group("g", slog.Any("v", v)))
		printed["slog text"], printed["slog JSON"] = text.String(), structured.String()
		for how, got := range printed {
			low := strings.ToLower(got)
			if strings.Contains(low, "hunter2") || strings.Contains(low, "68756e74657232") ||
				strings.Contains(low, "68 75 6e") {
				t.Errorf("%s with %s prints the secret: %s", name, how, got)
			}
		}
	}
	got := fmt.Sprintf("%v %+v %#v %s %q %x", secret, secret, secret, secret, secret, secret)
	if got != "*** *** *** *** *** ***" {
		t.Errorf("printed as %s", got)
	}
	if got := secret.GoString() + secret.String() + secret.LogValue().String(); got != "*********" {
		t.Errorf("its methods print %s", got)
	}
	if got := fmt.Sprint(NewSecret("")); got != "" {
		t.Errorf("an empty secret is printed as %s", got)
	}
	if b, err := json.Marshal(secret); err != nil || string(b) != `"***"` {
		t.Errorf("JSON is %s, %v", b, err)
	}
	if secret.Reveal() != text || !secret.Equal(NewSecret(text)) || secret.Equal(Secret{}) {
		t.Error("the secret itself is lost")
	}
}
