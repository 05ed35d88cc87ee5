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
  <allow_experimental_webterminal>0</allow_experimental_webterminal>
  <backups><allowed_path>{{xml .Data}}/backups/</allowed_path></backups>{{if .Closed}}
  <remote_url_allow_hosts/>{{end}}
  <max_server_memory_usage>4294967296</max_server_memory_usage>
  <max_server_memory_usage_to_ram_ratio>0.5</max_server_memory_usage_to_ram_ratio>
  <mark_cache_size>268435456</mark_cache_size>
</clickhouse>
`))
	usersText = template.Must(template.New(usersFile).Funcs(escape).Parse(`{{define "settings"}}
      {{- range .}}
      <{{.Name}}>{{xml .Value}}</{{.Name}}>{{end}}
      <constraints>{{range .}}{{if .Fixed}}
        <{{.Name}}><const/></{{.Name}}>{{else if or .Min .Max}}
        <{{.Name}}><min>{{xml .Min}}</min><max>{{xml .Max}}</max></{{.Name}}>{{end}}{{end}}
      </constraints>{{end -}}
<clickhouse>
  <profiles>
    <default>{{template "settings" .Fixed}}
    </default>
    <readonly><profile>default</profile><readonly>1</readonly></readonly>{{range .Users}}{{if .Settings}}
    <{{.Name}}><profile>default</profile>{{template "settings" .Settings}}
    </{{.Name}}>{{end}}{{end}}
  </profiles>
  <quotas><default/></quotas>
  <users>{{range .Users}}
    <{{.Name}}>
      {{if eq .Name "default"}}<http_authentication><server>checker</server><scheme>basic</scheme></http_authentication>
      {{- else if .Password}}<password_sha256_hex>{{sha256 .Password}}</password_sha256_hex>
      {{- else}}<no_password/>{{end}}
      <networks><ip>127.0.0.1</ip></networks>
      <profile>{{if .Settings}}{{.Name}}{{else if .ReadOnly}}readonly{{else}}default{{end}}</profile>
      <quota>default</quota>
      <grants>{{range .Grants}}
        <query>{{xml .}}</query>{{end}}
      </grants>{{if .Rows}}
      <databases>{{range .Rows}}
        <{{.Database}}><{{.Table}}><filter>{{xml .Condition}}</filter></{{.Table}}></{{.Database}}>{{end}}
      </databases>{{end}}
    </{{.Name}}>{{end}}
  </users>
</clickhouse>
`))
	escape = template.FuncMap{
		"xml":    escapeXML,
		"sha256": func(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) },
	}
	userName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`) // it becomes the name of an element
)

func escapeXML(s string) (string, error) {
	var b strings.Builder
	err := xml.EscapeText(&b, []byte(s))
	return b.String(), err
}

// writeConfig writes the server's and the users' configuration into dir. data is an absolute path.
func writeConfig(dir, data, checker string, o Options, closed closed) error {
	users := []User{{Name: defaultUser}}
	for _, u := range o.Users {
		if u.Name == defaultUser || u.Name == "readonly" || !userName.MatchString(u.Name) {
			return fmt.Errorf("%w: %q; use letters, digits and underscores, and not default or readonly", ErrUserName, u.Name)
		}
		users = append(users, u)
	}
	grants, limits := grantsOfDefault(o.Remote, closed), fixed
	if o.unlimited {
		grants, limits = []string{"GRANT ALL ON *.*"}, nil
	}
	for i := range users {
		if len(users[i].Grants) == 0 {
			users[i].Grants = grants
		}
	}
	logLevel := "error" // a warning a table is normal
	if o.Log == nil {
		logLevel = "fatal"
	}
	usersPath := filepath.Join(dir, usersFile)
	// The files hold what opens the server, and their folder is the owner's alone. The child removes them once it
	// listens.
	return errors.Join(
		render(usersPath, usersText, struct {
			Fixed []Setting
			Users []User
		}{limits, users}),
		render(filepath.Join(dir, configFile), configText, struct {
			LogLevel, UsersFile, Checker, Data string
			Closed                             bool // to other servers
		}{logLevel, usersPath, checker, data, !o.Remote && !o.unlimited}),
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
