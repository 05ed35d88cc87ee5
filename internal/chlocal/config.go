//go:build linux && amd64 && !noembedded

package chlocal

import (
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"
)

const (
	configFile  = "config.xml"
	usersFile   = "users.xml"
	defaultUser = "default"
)

var (
	// By default the engine takes nine tenths of the memory, on a machine that has other work to
	// do: of both bounds the lower counts. `log-level`, because --interactive turns
	// `logger.level` into trace.
	configText = template.Must(template.New(configFile).Funcs(escape).Parse(`<clickhouse>
  <logger><console>1</console></logger>
  <log-level>{{.LogLevel}}</log-level>
  <users_config>{{xml .UsersFile}}</users_config>
  <http_authentication_servers>
    <checker>
      <uri>{{xml .Checker}}</uri>
      <connection_timeout_ms>10000</connection_timeout_ms>
      <receive_timeout_ms>10000</receive_timeout_ms>
      <send_timeout_ms>10000</send_timeout_ms>
    </checker>
  </http_authentication_servers>
  <max_server_memory_usage>4294967296</max_server_memory_usage>
  <max_server_memory_usage_to_ram_ratio>0.5</max_server_memory_usage_to_ram_ratio>
  <mark_cache_size>268435456</mark_cache_size>
</clickhouse>
`))
	usersText = template.Must(template.New(usersFile).Funcs(escape).Parse(`<clickhouse>
  <profiles><default/><readonly><readonly>1</readonly></readonly></profiles>
  <quotas><default/></quotas>
  <users>{{range .}}
    <{{.Name}}>
      {{if eq .Name "default"}}<http_authentication><server>checker</server><scheme>basic</scheme></http_authentication>
      {{- else if .Password}}<password_sha256_hex>{{sha256 .Password}}</password_sha256_hex>
      {{- else}}<no_password/>{{end}}
      <networks><ip>127.0.0.1</ip></networks>
      <profile>{{if .ReadOnly}}readonly{{else}}default{{end}}</profile>
      <quota>default</quota>{{if .Grants}}
      <grants>{{range .Grants}}<query>{{xml .}}</query>{{end}}</grants>{{end}}
    </{{.Name}}>{{end}}
  </users>
</clickhouse>
`))
	escape   = template.FuncMap{"xml": escapeXML, "sha256": func(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }}
	userName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`) // it becomes the name of an element
)

func escapeXML(s string) (string, error) {
	var b strings.Builder
	err := xml.EscapeText(&b, []byte(s))
	return b.String(), err
}

// writeConfig writes the server's and the users' configuration into dir.
func writeConfig(dir, logLevel, checker string, users []User) error {
	for _, u := range users {
		if u.Name == defaultUser || !userName.MatchString(u.Name) {
			return fmt.Errorf("name of a ClickHouse user %q: use letters, digits and underscores, and not default, "+
				"which is there anyway", u.Name)
		}
	}
	all := append([]User{{Name: defaultUser}}, users...)
	// The files hold what opens the server, and their folder is the owner's alone. The child removes them once it listens.
	return errors.Join(
		render(filepath.Join(dir, usersFile), usersText, all),
		render(filepath.Join(dir, configFile), configText,
			struct{ LogLevel, UsersFile, Checker string }{logLevel, filepath.Join(dir, usersFile), checker}),
	)
}

func render(path string, text *template.Template, data any) error {
	var b bytes.Buffer
	if err := text.Execute(&b, data); err != nil {
		return fmt.Errorf("write the configuration of ClickHouse: %w", err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write the configuration of ClickHouse: %w", err)
	}
	return nil
}
