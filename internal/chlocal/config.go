//go:build linux && amd64

package chlocal

import (
	"bytes"
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
	configFile = "config.xml"
	usersFile  = "users.xml"
)

var (
	// By default the engine takes nine tenths of the memory, on a machine that has other work to
	// do: of both bounds the lower counts. `log-level`, because --interactive turns
	// `logger.level` into trace.
	configText = template.Must(template.New(configFile).Funcs(escape).Parse(`<clickhouse>
  <logger><console>1</console></logger>
  <log-level>{{.LogLevel}}</log-level>
  <users_config>{{xml .UsersFile}}</users_config>
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
      <password>{{xml .Password}}</password>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>{{if .ReadOnly}}readonly{{else}}default{{end}}</profile>
      <quota>default</quota>{{if .Grants}}
      <grants>{{range .Grants}}<query>{{xml .}}</query>{{end}}</grants>{{end}}
    </{{.Name}}>{{end}}
  </users>
</clickhouse>
`))
	escape   = template.FuncMap{"xml": escapeXML}
	userName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`) // it becomes the name of an element
)

func escapeXML(s string) (string, error) {
	var b strings.Builder
	err := xml.EscapeText(&b, []byte(s))
	return b.String(), err
}

// writeConfig writes the server's and the users' configuration into dir.
func writeConfig(dir, logLevel string, users []User) error {
	for _, u := range users {
		if u.Name == "default" || !userName.MatchString(u.Name) {
			return fmt.Errorf("name of a ClickHouse user %q: use letters, digits and underscores, and not default, "+
				"as which the engine itself logs in without a password", u.Name)
		}
	}
	all := append([]User{{Name: "default"}}, users...)
	// The files hold passwords, and their folder is the owner's alone.
	return errors.Join(
		render(filepath.Join(dir, usersFile), usersText, all),
		render(filepath.Join(dir, configFile), configText,
			struct{ LogLevel, UsersFile string }{logLevel, filepath.Join(dir, usersFile)}),
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
