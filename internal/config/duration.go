package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// parseDuration reads Go's notation, with days of 24 hours in front: 15m, 12h, 5d, 1d12h. It caps at about 292 years.
func parseDuration(text string) (time.Duration, error) {
	wrong := errors.New("is no length of time; write it like 30s, 15m, 12h, 5d or 1d12h")
	if strings.HasPrefix(text, "-") {
		return 0, errors.New("is negative; write a length of time like 30s, 15m, 12h or 5d")
	}
	days, rest, found := strings.Cut(text, "d")
	if !found {
		days, rest = "0", text
	}
	n, err := strconv.ParseUint(days, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		n = math.MaxUint64
	} else if err != nil {
		return 0, wrong
	}
	var d time.Duration
	if rest != "" || !found {
		if d, err = time.ParseDuration(rest); err != nil || rest[0] < '0' || rest[0] > '9' {
			return 0, wrong
		}
	}
	if n > uint64((math.MaxInt64-d)/day) {
		return math.MaxInt64, nil // above the maximum of every key
	}
	return time.Duration(n)*day + d, nil
}

// formatDuration prints d, which must not be negative, in the notation of parseDuration, without units that are zero.
func formatDuration(d time.Duration) string {
	days, rest := d/day, d%day
	if rest == 0 && days > 0 {
		return fmt.Sprintf("%dd", days)
	}
	text := rest.String()
	if rest >= time.Minute && strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if rest >= time.Hour && strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	if days > 0 {
		return fmt.Sprintf("%dd%s", days, text)
	}
	return text
}

// duration is the kind of a length of time from shortest to most.
func duration(shortest, most time.Duration) kind[time.Duration] {
	return kind[time.Duration]{
		format: formatDuration,
		parse: func(text string) (time.Duration, error) {
			d, err := parseDuration(text)
			switch {
			case err != nil:
				return 0, err
			case d < shortest:
				return 0, fmt.Errorf("is too short; write at least %s", formatDuration(shortest))
			case d > most:
				return 0, fmt.Errorf("is too long; write at most %s", formatDuration(most))
			}
			return d, nil
		},
	}
}

// whole is the kind of a length of time that is also a multiple of unit.
func whole(unit, shortest, most time.Duration) kind[time.Duration] {
	k := duration(shortest, most)
	parse := k.parse
	k.parse = func(text string) (time.Duration, error) {
		d, err := parse(text)
		if err == nil && d%unit != 0 {
			return 0, fmt.Errorf("is not a multiple of %s; write one, such as %s", formatDuration(unit),
				formatDuration(max(shortest, d-d%unit)))
		}
		return d, err
	}
	return k
}
