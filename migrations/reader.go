package migrations

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// ReaderSetting is a limit of a reader's profile.
type ReaderSetting struct {
	Name, Value string
	Min, Max    string // the range that the reader may set; both empty: only Value
}

// Fixed says that the reader cannot set another value.
func (s ReaderSetting) Fixed() bool { return s.Min == "" && s.Max == "" }

// ReaderSettings are the limits of a reader, so that no query of an analyst holds up a load.
//
//   - readonly = 2 refuses writes, but takes the settings that clients send along. Under 1 most BI tools fail.
//   - A query may take 60 seconds, or what the client sets, up to ten minutes. 0, which is for ever, is refused.
//   - 2 GiB of memory a query are many times what a year of all series needs.
//
// The number of rows has no limit. An export of a year has half a million, and a limit that drops the rest makes sums
// wrong.
func ReaderSettings() []ReaderSetting {
	return []ReaderSetting{
		{Name: "readonly", Value: "2"},
		{Name: "max_execution_time", Value: "60", Min: "1", Max: "600"},
		{Name: "max_memory_usage", Value: "2147483648"},
	}
}

// ReaderGrants are the statements, without the grantee, that let a reader select from the public views. They name each
// view, so that a reader gets no rights on what is added to the database later.
func ReaderGrants(database string) []string {
	var out []string
	for _, view := range PublicViews() {
		out = append(out, "GRANT SELECT ON "+qualified(database, view))
	}
	return out
}

// ReaderSQL is the SQL that an administrator runs once, and after each upgrade, to have a reader called name: a
// profile, a role with the grants, and a user. Of the password it contains only a salted hash. It may be repeated; a
// user that exists keeps its password.
func ReaderSQL(database, name, password, salt string) string {
	role, user := Identifier(database+"_reader"), Identifier(name)
	var settings []string
	for _, s := range ReaderSettings() {
		text := s.Name + " = " + s.Value
		if s.Fixed() {
			text += " CONST"
		} else {
			text += " MIN " + s.Min + " MAX " + s.Max
		}
		settings = append(settings, text)
	}
	statements := []string{
		"CREATE SETTINGS PROFILE OR REPLACE " + role + "\nSETTINGS " + strings.Join(settings, ",\n  "),
		"CREATE ROLE IF NOT EXISTS " + role,
	}
	for _, grant := range ReaderGrants(database) {
		statements = append(statements, grant+" TO "+role)
	}
	statements = append(statements,
		fmt.Sprintf("CREATE USER IF NOT EXISTS %s\nIDENTIFIED WITH sha256_hash\n  BY '%x'\n  SALT %s\n"+
			"DEFAULT DATABASE %s\nSETTINGS PROFILE %s",
			user, sha256.Sum256([]byte(password+salt)), literal(salt), Identifier(database), literal(database+"_reader")),
		"GRANT "+role+" TO "+user,
	)
	return strings.Join(statements, ";\n") + ";\n"
}
