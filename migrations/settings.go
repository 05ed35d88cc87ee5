package migrations

import (
	"maps"
	"slices"
	"strings"
)

// Settings are those that the SQL of this program relies on, with the values that it needs. Its connections send them with every statement, and
// views pin them: a setting of a user's profile changes neither what is loaded nor what a view shows, and a reader's own settings do not reach into
// a view, where they would act with the rights of its definer.
func Settings() map[string]string {
	return map[string]string{
		"additional_table_filters": "{}",
		"join_use_nulls":           "0",
	}
}

// Pinned is the list after SETTINGS in a view.
func Pinned() string {
	settings := Settings()
	var out []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		value := settings[name]
		if strings.Trim(value, "0123456789") != "" && value != "{}" {
			value = literal(value)
		}
		out = append(out, name+" = "+value)
	}
	return strings.Join(out, ", ")
}
