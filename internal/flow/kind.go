package flow

import "regexp"

// specific matches the parts of a reason that differ from window to window: request ids, windows, series, numbers and
// instants.
var specific = regexp.MustCompile(
	`\(request id [^)]*\)|\[[0-9TZ:-]+, [0-9TZ:-]+\)|[\w.-]+/(?:hourly|daily)/\w+/\w+/\w+|[0-9][0-9TZ:.+-]*`)

// Kind returns a reason with all parts that are specific to its window replaced by #, so that reasons can be counted by
// kind. Example: a wrong time zone fails every daily window with its own reason, such as "the answer for
// [2026-01-01T16:00Z, …) of main/daily/EU/public/total: 2026-01-01T00:00Z is no midnight". All of them are of one kind.
func Kind(reason string) string { return specific.ReplaceAllString(reason, "#") }
