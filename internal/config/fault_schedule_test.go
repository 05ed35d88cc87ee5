package config

// faultySchedule are faults in schedule, server and log.
var faultySchedule = []faulty{
	{"schedule entries", `schedule:
  - {cron: "61 * * * *"}
  - {name: a, cron: "20 * * *"}
  - {name: a, cron: "0 0 30 2 *"}
`, `config.yaml:2:5: schedule[0].name: missing; write name: hourly
config.yaml:2:12: schedule[0].cron: "61 * * * *" is wrong in its field for the minute; ` +
		`write 0 to 59, a range, a list or *
config.yaml:3:21: schedule[1].cron: "20 * * *" has 4 fields; ` +
		`write five, minute, hour, day of the month, month and day of the week, such as "20 * * * *"
config.yaml:4:12: schedule[2].name: another of schedule has the name a; give each its own
config.yaml:4:21: schedule[2].cron: "0 0 30 2 *" never comes due; write a day that its months have`},
	{"cron zones", `schedule:
  - {name: a, cron: "TZ=Mars/Phobos 0 * * * *"}
  - {name: b, cron: "CRON_TZ=UTC"}
  - {name: c, cron: "@often"}
  - {name: d, cron: "@every 1s"}
  - {name: e, cron: "0 0 , * *"}
  - {name: f, cron: "TZ="}
`, `config.yaml:2:21: schedule[0].cron: "TZ=Mars/Phobos 0 * * * *" starts with a time zone that is none; ` +
		`write it like CRON_TZ=Asia/Shanghai 20 * * * *
config.yaml:3:21: schedule[1].cron: "CRON_TZ=UTC" has 0 fields; ` +
		`write five, minute, hour, day of the month, month and day of the week, such as "20 * * * *"
config.yaml:4:21: schedule[2].cron: "@often" is no cron entry; ` +
		`write @hourly, @daily, @weekly, @monthly or @every with at least 1m
config.yaml:5:21: schedule[3].cron: "@every 1s" is no cron entry; ` +
		`write @hourly, @daily, @weekly, @monthly or @every with at least 1m
config.yaml:6:21: schedule[4].cron: "0 0 , * *" is wrong in its field for the day of the month; ` +
		`write 1 to 31, a range, a list or *
config.yaml:7:21: schedule[5].cron: "TZ=" starts with a time zone that is none; ` +
		`write it like CRON_TZ=Asia/Shanghai 20 * * * *`},
	{"listen", "server: {listen: 8080}\n", `config.yaml:1:18: server.listen: "8080" is no host:port; write it like ` +
		`127.0.0.1:8080, or :8080 for every interface`},
	{"log", "log: {level: warning, format: jason}\n",
		`config.yaml:1:14: log.level: "warning" is no log level; did you mean warn?
config.yaml:1:31: log.format: "jason" is no log format; did you mean json?`},
}
