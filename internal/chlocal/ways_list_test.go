//go:build linux && amd64 && !noembedded

package chlocal_test

// way is how SQL could reach a file outside the server's folder, a program, or another server.
type way struct {
	name       string
	statements []string // {out}, {data}, {addr}, {host}, {port} and {parent} are replaced
	engine     bool     // the engine refuses it by itself, whoever asks
	bare       bool     // open where the kernel has no Landlock
	want       string   // what an answer then holds; default the secret
}

func read(statements ...string) []string { return statements }

func dictionary(source string) []string {
	return read(
		"CREATE DICTIONARY default.d (k UInt64, v String) PRIMARY KEY k SOURCE("+source+") LAYOUT(FLAT()) LIFETIME(0)",
		"SELECT * FROM default.d", "DROP DICTIONARY default.d")
}

func tableOn(engine string) []string {
	return read("CREATE TABLE default.w (k UInt64, v String) ENGINE = "+engine, "SELECT * FROM default.w",
		"INSERT INTO default.w VALUES (1, 'x')", "DROP TABLE default.w")
}

func databaseOn(engine string) []string {
	return read("CREATE DATABASE other ENGINE = "+engine, "SHOW TABLES FROM other", "SELECT * FROM other.`secret.tsv`",
		"SELECT * FROM other.t", "DROP DATABASE other")
}

var ways = []way{
	{name: "file(), the scalar function", statements: read("SELECT file('{out}/secret.tsv')"), bare: true},
	{
		name:       "file() within a function of SQL",
		statements: read("CREATE FUNCTION f AS () -> file('{out}/secret.tsv')", "SELECT f()", "DROP FUNCTION f"),
		bare:       true,
	},
	{
		name: "file() within a view",
		statements: read(
			"CREATE VIEW default.v AS SELECT file('{out}/secret.tsv')", "SELECT * FROM default.v", "DROP VIEW default.v"),
		bare: true,
	},
	{name: "file() through a link in its folder", statements: read("SELECT file('{data}/link/secret.tsv')"), bare: true},
	{
		name:       "file() through a link in user_files",
		statements: read("SELECT file('{data}/user_files/link/secret.tsv')"),
		bare:       true,
	},
	{
		name:       "file() through /proc/self/root",
		statements: read("SELECT file('/proc/self/root{out}/secret.tsv')"),
		bare:       true,
	},
	{
		name:       "file() of the parent's environment",
		statements: read("SELECT file('/proc/{parent}/environ')"), bare: true, want: "PATH=",
	},
	{name: "file() of the machine's users", statements: read("SELECT file('/etc/passwd')"), bare: true, want: "root:"},
	{name: "file(), the table function", statements: read("SELECT * FROM file('{out}/secret.tsv', 'LineAsString')")},
	{
		name:       "file(), written to",
		statements: read("INSERT INTO FUNCTION file('{out}/written', 'TSV', 'a String') VALUES ('x')"),
	},
	{name: "filesystem()", statements: read("SELECT * FROM filesystem('{out}')")},
	{name: "url() of a file", statements: read("SELECT * FROM url('file://{out}/secret.tsv', 'LineAsString')")},
	{
		name:       "format_template_row",
		statements: read("SELECT 1 AS x FORMAT Template SETTINGS format_template_row = '{out}/secret.tsv'"),
	},
	{name: "format_template_resultset", statements: read(
		"SELECT 1 AS x FORMAT Template SETTINGS format_template_row_format = '${x:CSV}', " +
			"format_template_resultset = '{out}/secret.tsv'")},
	{name: "engine File", statements: tableOn("File(TSV, '{out}/secret.tsv')")},
	{
		name:       "engine File, attached from a folder",
		statements: read("ATTACH TABLE default.a FROM '{out}/' (k UInt64, v String) ENGINE = File(TSV)"),
		engine:     true,
	},
	{name: "engine SQLite", statements: tableOn("SQLite('{out}/new.db', 't')")},
	{name: "engine EmbeddedRocksDB", statements: tableOn("EmbeddedRocksDB(0, '{out}/rocks') PRIMARY KEY k")},
	{name: "engine FileLog", statements: tableOn("FileLog('{out}', 'TSV')"), engine: true},
	{name: "database Filesystem", statements: databaseOn("Filesystem('{out}')")},
	{name: "database SQLite", statements: databaseOn("SQLite('{out}/new.db')")},
	{name: "sqlite()", statements: read("SELECT * FROM sqlite('{out}/new.db', 't')"), bare: true},
	{
		name:       "a disk of a table",
		statements: tableOn("MergeTree ORDER BY k SETTINGS disk = disk(type = local, path = '{out}/disk/')"),
		bare:       true,
	},
	{name: "dictionary FILE", statements: dictionary("FILE(PATH '{out}/secret.tsv' FORMAT TSV)"), engine: true},
	{name: "dictionary LIBRARY", statements: dictionary("LIBRARY(PATH '{out}/secret.tsv')"), engine: true},
	{name: "BACKUP to a file outside", statements: read("BACKUP TABLE default.own TO File('{out}/backup')"), engine: true},
	{
		name:       "BACKUP to a file outside, relative",
		statements: read("BACKUP TABLE default.own TO File('../../out/backup')"),
		engine:     true,
	},
	{name: "INTO OUTFILE", statements: read("SELECT 1 INTO OUTFILE '{out}/outfile'"), engine: true},

	{
		name:       "a program: dictionary EXECUTABLE",
		statements: dictionary(`EXECUTABLE(COMMAND 'printf "1\\t"; cat {out}/secret.tsv' FORMAT TSV)`),
	},
	{
		name:       "a program: executable()",
		statements: read("SELECT * FROM executable('cat {out}/secret.tsv', 'LineAsString', 'a String')"),
		engine:     true,
	},
	{name: "a program: engine Executable", statements: tableOn("Executable('cat {out}/secret.tsv', TSV)"), engine: true},

	{name: "url()", statements: read("SELECT * FROM url('http://{addr}/', 'LineAsString')")},
	{
		name:       "url(), written to",
		statements: read("INSERT INTO FUNCTION url('http://{addr}/', 'TSV', 'a String') VALUES ('x')"),
	},
	{name: "url() of a named collection", statements: read(
		"CREATE NAMED COLLECTION nc AS url = 'http://{addr}/', format = 'LineAsString'", "SELECT * FROM url(nc)",
		"DROP NAMED COLLECTION nc")},
	{name: "engine URL", statements: tableOn("URL('http://{addr}/', TSV)")},
	{name: "s3()", statements: read("SELECT * FROM s3('http://{addr}/bucket/x', NOSIGN, 'LineAsString')")},
	{name: "iceberg in S3", statements: read("SELECT * FROM icebergS3('http://{addr}/bucket/x/', NOSIGN)")},
	{name: "remote()", statements: read("SELECT * FROM remote('{addr}', system.one)")},
	{name: "remoteSecure()", statements: read("SELECT * FROM remoteSecure('{addr}', system.one)")},
	{name: "mysql()", statements: read("SELECT * FROM mysql('{addr}', 'd', 't', 'u', 'p')")},
	{name: "postgresql()", statements: read("SELECT * FROM postgresql('{addr}', 'd', 't', 'u', 'p')")},
	{name: "redis()", statements: read("SELECT * FROM redis('{addr}', 'k', 'k String')")},
	{name: "database MySQL", statements: databaseOn("MySQL('{addr}', 'd', 'u', 'p')")},
	{name: "database PostgreSQL", statements: databaseOn("PostgreSQL('{addr}', 'd', 'u', 'p')")},
	{name: "dictionary HTTP", statements: dictionary("HTTP(URL 'http://{addr}/' FORMAT TSV)")},
	{name: "dictionary CLICKHOUSE", statements: dictionary("CLICKHOUSE(HOST '{host}' PORT {port} TABLE 't')")},
	{
		name:       "dictionary MYSQL",
		statements: dictionary("MYSQL(HOST '{host}' PORT {port} USER 'u' PASSWORD 'p' DB 'd' TABLE 't')"),
	},
	{name: "dictionary REDIS", statements: dictionary("REDIS(HOST '{host}' PORT {port} STORAGE_TYPE 'simple')")},
	{name: "a schema registry of Avro", statements: read(
		"SELECT * FROM format(AvroConfluent, 'a Int32', unhex('000000000102')) " +
			"SETTINGS format_avro_schema_registry_url = 'http://{addr}/'")},
	{name: "BACKUP to S3", statements: read(
		"BACKUP TABLE default.own TO S3('http://{addr}/bucket/x', 'a', 'b') SETTINGS s3_request_timeout_ms = 500, " +
			"s3_retry_attempts = 0, s3_max_single_read_retries = 0"), bare: true},

	{
		name: "CREATE USER", statements: read("CREATE USER another", "SHOW CREATE USER another"), engine: true,
		want: "CREATE USER another",
	},
}
