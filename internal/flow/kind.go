package flow

import "regexp"

// specific are the parts of a reason that are about one window: a request id, a window, a series, a number or an instant.
var specific = regexp.MustCompile(
	`\(request id [^)]*\)|\[[0-9TZ:-]+, [0-9TZ:-]+\)|[\w.-]+/(?:hourly|daily)/\w+/\w+/\w+|[0-9][0-9TZ:.+-]*`)

// Kind is a reason without what is specific to its window. A wrong time zone fails every daily window for a reason of its
// own: "the answer for [2026-01-01T16:00Z, …) of main/daily/EU/public/total: 2026-01-01T00:00Z is no midnight" and so on.
// Their kind is one.
func Kind(reason string) string { return specific.ReplaceAllString(reason, "#") }
