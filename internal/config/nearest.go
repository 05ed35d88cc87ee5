package config

import "strings"

// hint is "; did you mean NAME?" with the known name that text probably misspells, or else the text otherwise.
func hint(text string, known []string, otherwise string) string {
	if near := Nearest(text, known); near != "" {
		return "; did you mean " + near + "?"
	}
	return otherwise
}

// Nearest returns the known name that text most likely misspells, or "" if there is none or several are equally near.
// It ignores case. A third of the letters may be wrong, in a short word one. A prefix of three or more letters counts
// as one wrong letter: "reg" finds "regions".
func Nearest(text string, known []string) string {
	text = strings.ToLower(text)
	best, name := max(1, len(text)/3)+1, ""
	if len(text) > 64 {
		return "" // no name is that long
	}
	for _, original := range known {
		k := strings.ToLower(original)
		d := distance(text, k)
		if short := min(len(text), len(k)); short >= 3 && text[:short] == k[:short] {
			d = min(d, 1)
		}
		switch {
		case d < best && d < len(text):
			best, name = d, original
		case d == best:
			name = ""
		}
	}
	return name
}

// distance is the least number of steps that turn a into b: add, drop or change a letter, or swap two neighbours.
func distance(a, b string) int {
	var before []int
	last, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, make([]int, len(b)+1)
	}
	return last[len(b)]
}
