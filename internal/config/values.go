package config

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// oneOf is the kind of a word out of known. what is their common name, for messages.
func oneOf[T ~string](what string, known ...T) kind[T] {
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	return kind[T]{
		format: func(v T) string { return string(v) },
		parse: func(text string) (T, error) {
			v, err := flow.Parse(text, known)
			if err != nil {
				return "", fmt.Errorf("is no %s%s", what, hint(text, names, "; write one of "+flow.Join(known)))
			}
			return v, nil
		},
	}
}

// matching is the kind of a text that matches pattern. hint is the message for any other text: what is wrong, and
// what to write.
func matching(pattern, hint string) kind[string] {
	re := regexp.MustCompile(pattern)
	return kind[string]{
		free:   true,
		format: func(v string) string { return v },
		parse: func(text string) (string, error) {
			if !re.MatchString(text) {
				return "", errors.New(hint)
			}
			return text, nil
		},
	}
}

var (
	name = matching(`^[a-z0-9][a-z0-9_-]{0,63}$`,
		"is no name; write up to 64 lower-case letters, digits, _ and -, a letter or digit first, such as main")
	identifier = matching(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`,
		"is no database name; write up to 64 letters, digits and _, no digit first, such as mnaflow")
	username   = matching(`^[^\s\pC][^\pC]*$`, "is no user name; write the one that ClickHouse knows, such as default")
	file       = matching(`^[^\pC]*$`, "is no path of a file; write one such as /etc/mnaflow/ca.pem")
	serverName = matching(`^[A-Za-z0-9._:-]*$`,
		"is no host name; write the one in the server's certificate, such as clickhouse.example.com")
	roleARN = matching(`^qcs::cam::\S+$`,
		"is no role; write its ARN, such as qcs::cam::uin/100000000001:roleName/mnaflow")
	roleName = matching(`^[\w+=,.@-]{0,128}$`,
		"is no role name; write that of the role bound to the machine, or leave the key out to use the one bound")
	sessionName = matching(`^[\w+=,.@-]{2,128}$`,
		"is no session name; write 2 to 128 letters, digits and any of _+=,.@-, such as mnaflow")
)

// password is the kind of a secret: any text, never printed.
var password = kind[Secret]{
	free:   true,
	secret: true,
	format: Secret.String,
	parse:  func(text string) (Secret, error) { return NewSecret(text), nil },
}

// apiKey is the kind of a secret of the API, which has no white space.
var apiKey = kind[Secret]{
	free:   true,
	secret: true,
	format: Secret.String,
	parse: func(text string) (Secret, error) {
		if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
			return Secret{}, errors.New("holds white space, perhaps a line break at its end; write the key alone")
		}
		return NewSecret(text), nil
	},
}

var boolean = kind[bool]{
	format: strconv.FormatBool,
	parse: func(text string) (bool, error) {
		if text != "true" && text != "false" {
			return false, errors.New("is neither true nor false; write one of them")
		}
		return text == "true", nil
	},
}

// integer is the kind of a whole number from least to most.
func integer(least, most int) kind[int] {
	return kind[int]{
		format: strconv.Itoa,
		parse: func(text string) (int, error) {
			n, err := strconv.Atoi(text)
			if err != nil || n < least || n > most || text[0] == '+' {
				return 0, fmt.Errorf("is no whole number from %d to %d; write one", least, most)
			}
			return n, nil
		},
	}
}

// rate is the kind of a number of requests a second, above 0.
var rate = kind[float64]{
	format: func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) },
	parse: func(text string) (float64, error) {
		digits := regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || !digits.MatchString(text) || v == 0 || math.IsInf(v, 0) {
			return 0, errors.New("is no number above 0; write one such as 18 or 0.5")
		}
		return v, nil
	},
}

// date is the kind of a day, from 2000 to 2099: ClickHouse's DateTime holds its start in every time zone.
var date = kind[Date]{
	format: Date.String,
	parse: func(text string) (Date, error) {
		shape := regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
		t, err := time.Parse(time.DateOnly, text)
		switch {
		case !shape.MatchString(text):
			return Date{}, errors.New("is no date; write it as year-month-day, such as 2025-01-31, without a time: " +
				"it starts at midnight of each account's time zone")
		case err != nil:
			return Date{}, errors.New("is no day of the calendar; write one that exists, such as 2025-01-31")
		case t.Year() < 2000 || t.Year() > 2099:
			return Date{}, errors.New("is out of range; write a day from 2000-01-01 to 2099-12-31")
		}
		return Date{t.Year(), t.Month(), t.Day()}, nil
	},
}

// level is the kind of a log level.
var level = func() kind[slog.Level] {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn,
		"error": slog.LevelError}
	word := oneOf("log level", "debug", "info", "warn", "error")
	return kind[slog.Level]{
		format: func(l slog.Level) string { return strings.ToLower(l.String()) },
		parse: func(text string) (slog.Level, error) {
			known, err := word.parse(text)
			return levels[known], err
		},
	}
}()
