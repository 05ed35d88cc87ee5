//go:build linux && amd64 && !noembedded

package chlocal

import "strings"

// What the user default may do, and other users without grants of their own: everything with what this server
// stores, and nothing that reaches a file or another server. Table engines are named one by one, because several of
// them read files.
//
// Grants do not cover the scalar function file(), which `clickhouse local` lets everybody call: see confine.go.
var (
	rights = []string{
		"CHECK", "SHOW", "SELECT", "INSERT", "ALTER", "CREATE", "DROP", "UNDROP TABLE", "TRUNCATE", "OPTIMIZE", "BACKUP",
		"KILL QUERY", "KILL TRANSACTION", "SYSTEM", "dictGet",
	}
	engines = []string{
		"MergeTree", "ReplacingMergeTree", "SummingMergeTree", "AggregatingMergeTree", "CollapsingMergeTree",
		"VersionedCollapsingMergeTree", "CoalescingMergeTree", "GraphiteMergeTree",
		"Log", "StripeLog", "TinyLog", "Memory", "Buffer", "Null", "Set", "Join", "Merge", "Alias",
		"GenerateRandom", "TimeSeries",
		"View", "MaterializedView", "WindowView", "Dictionary",
		"Atomic", "Ordinary", // of databases
	}
)

// grantsOfDefault are the grants of default, as statements without the grantee.
func grantsOfDefault(remote bool, closed closed) []string {
	may, with := rights, engines
	if remote {
		may, with = append([]string{"REMOTE", "CLUSTER"}, may...), append([]string{"Distributed"}, with...)
	}
	out := []string{
		"GRANT " + strings.Join(may, ", ") + " ON *.*",
		"GRANT SET DEFINER ON *",
		"GRANT TABLE ENGINE ON " + strings.Join(with, ", TABLE ENGINE ON "),
	}
	// The source of a dictionary may be a command or a server, and needs no grant.
	if !closed.Files || !closed.Network && !remote {
		out = append(out, "REVOKE CREATE DICTIONARY ON *.*")
	}
	return out
}

// fixed are settings that name a file, a server or what must stay switched off. They keep these values, in every
// profile.
var fixed = []Setting{
	{Name: "format_template_row", Fixed: true},
	{Name: "format_template_resultset", Fixed: true},
	{Name: "format_schema", Fixed: true},
	{Name: "format_avro_schema_registry_url", Fixed: true},
	{Name: "rename_files_after_processing", Fixed: true},
	{Name: "url_base", Fixed: true},
	{Name: "allow_introspection_functions", Value: "0", Fixed: true},
	{Name: "allow_python_table_function", Value: "0", Fixed: true},
	{Name: "allow_experimental_ai_functions", Value: "0", Fixed: true},
	{Name: "s3_allow_server_credentials_in_user_queries", Value: "0", Fixed: true},
}
