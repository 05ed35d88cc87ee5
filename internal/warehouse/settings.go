package warehouse

import (
	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/mnaflow/mnaflow/migrations"
)

// settings are sent with every statement, so that no profile changes what it does.
func settings() clickhouse.Settings {
	out := clickhouse.Settings{
		"async_insert":                   0,  // would be acknowledged before it is written; newer servers have it on
		"compatibility":                  "", // would change whatever is not sent
		"dialect":                        "clickhouse",
		"enable_analyzer":                1,  // cannot be pinned in a view, and views do without
		"enable_parallel_replicas":       0,  // a replica may lack the last write
		"implicit_table_at_top_level":    "", // SELECT without FROM would read it
		"implicit_transaction":           0,
		"force_optimize_projection":      0, // asks it of the whole statement, so a view cannot pin it
		"force_optimize_projection_name": "",
		"input_format_native_decode_types_in_binary_format":  0, // the driver writes their names
		"output_format_native_encode_types_in_binary_format": 0,
		"show_table_uuid_in_table_create_query_if_not_nil":   0, // or no view would be as it is declared
		"use_query_cache": 0, // would show what was there before the last write

		// Half of the time that the server takes to analyse a statement of many subqueries, such as the coverage's,
		// goes into these, which change no plan here.
		"optimize_and_compare_chain":            0,
		"optimize_aggregators_of_group_by_keys": 0,
		"optimize_group_by_function_keys":       0,

		// Readers may ask for a part of an answer. This program would take it for the whole.
		"additional_result_filter": "",
		"extremes":                 0,
		"limit":                    0,
		"offset":                   0,
		"distinct_overflow_mode":   "throw",
		"group_by_overflow_mode":   "throw",
		"join_overflow_mode":       "throw",
		"read_overflow_mode":       "throw",
		"read_overflow_mode_leaf":  "throw",
		"result_overflow_mode":     "throw",
		"set_overflow_mode":        "throw",
		"sort_overflow_mode":       "throw",
		"timeout_overflow_mode":    "throw",
		"transfer_overflow_mode":   "throw",
	}
	for name, value := range migrations.Settings() {
		out[name] = value
	}
	return out
}
