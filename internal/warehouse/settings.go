package warehouse

import (
	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/mnaflow/mnaflow/migrations"
)

// settings are sent with every statement, so that no setting of a user's profile changes what it does.
func settings() clickhouse.Settings {
	out := clickhouse.Settings{
		"async_insert":                   0,  // acknowledges before it writes; on by default in newer servers
		"compatibility":                  "", // changes the default of every setting that is not sent
		"dialect":                        "clickhouse",
		"enable_analyzer":                1,  // a view cannot pin it; views work with either
		"enable_parallel_replicas":       0,  // a replica may lack the last write
		"implicit_table_at_top_level":    "", // SELECT without FROM reads this table
		"implicit_transaction":           0,
		"force_optimize_projection":      0, // it applies to the whole statement, so a view cannot pin it
		"force_optimize_projection_name": "",
		"input_format_native_decode_types_in_binary_format":  0, // the driver writes types by name
		"output_format_native_encode_types_in_binary_format": 0,
		"show_table_uuid_in_table_create_query_if_not_nil":   0, // with it no stored view equals its declaration
		"rewrite_in_to_join": 0, // repeats rows, and refuses IN within a window function
		"use_query_cache":    0, // shows what was there before the last write

		// It chooses one of a function's implementations, and fails where a function has no such one.
		"function_implementation": "",

		// These optimisations change no plan here, but take half of the server's time to analyse a statement with many
		// subqueries, such as that of coverage.
		"optimize_and_compare_chain":            0,
		"optimize_aggregators_of_group_by_keys": 0,
		"optimize_group_by_function_keys":       0,

		// These cut an answer short. A reader may want that, but this program would take a part for the whole.
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
