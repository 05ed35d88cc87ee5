package migrations

import (
	"maps"
	"slices"
	"strings"
)

// Settings are the settings that the SQL of this program relies on, with the values that it needs. Its connections
// send them with every statement, and views pin them. So a user's profile changes neither what is loaded nor what a
// view shows, and a reader's own settings do not act inside a view, where they would have the rights of its definer.
//
// All are older than any server that this program runs on, since a server refuses a setting that it does not know.
func Settings() map[string]string {
	return map[string]string{
		// Which rows are read, and from where.
		"additional_table_filters":              "{}",
		"final":                                 "0",
		"force_index_by_date":                   "0",
		"force_primary_key":                     "0",
		"merge_tree_coarse_index_granularity":   "8",
		"use_skip_indexes_if_final_exact_mode":  "1",
		"asterisk_include_alias_columns":        "0",
		"asterisk_include_materialized_columns": "0",

		// What a join finds, and whether it can be computed.
		"any_join_distinct_right_table_keys": "0",
		"join_algorithm":                     "parallel_hash,hash",
		"join_default_strictness":            "ALL",
		"single_join_prefer_left_table":      "1",
		"join_use_nulls":                     "0",

		// What an expression means.
		"aggregate_functions_null_for_empty":        "0",
		"cast_keep_nullable":                        "0",
		"data_type_default_nullable":                "0",
		"date_time_overflow_behavior":               "ignore",
		"empty_result_for_aggregation_by_empty_set": "0",
		"enable_global_with_statement":              "1",
		"enable_positional_arguments":               "1",
		"group_by_use_nulls":                        "0",
		"prefer_column_name_to_alias":               "0",
		"session_timezone":                          "",
		"transform_null_in":                         "0",
	}
}

// Pinned is the list after SETTINGS in a view.
func Pinned() string {
	settings := Settings()
	var out []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		value := settings[name]
		if value == "" || strings.Trim(value, "0123456789") != "" && value != "{}" {
			value = literal(value)
		}
		out = append(out, name+" = "+value)
	}
	return strings.Join(out, ", ")
}
