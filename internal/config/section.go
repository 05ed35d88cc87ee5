package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// report gathers what the walk over one file finds.
type report struct {
	file   string
	env    func(string) (string, bool)
	faults Faults
	places map[string][]string // each known key and the sections that have it
}

func (r *report) add(at *yaml.Node, key, format string, args ...any) {
	r.faults = append(r.faults, Fault{r.file, at.Line, at.Column, key, fmt.Sprintf(format, args...)})
}

// section is one mapping of the file, or one that was left out and has nothing but defaults. While its keys are read they are printed to
// out, with their effective values.
type section struct {
	*report
	path    string     // of its key; empty for the whole file
	at      *yaml.Node // where a fault of the section as a whole stands
	order   []string   // the keys written, from top to bottom
	written map[string]entry
	known   []string // the keys asked for
	out     *yaml.Node
}

type entry struct{ key, value *yaml.Node }

// open starts the section that mapping holds; a nil mapping is one that was left out.
func open(r *report, path string, at, mapping *yaml.Node) *section {
	s := &section{report: r, path: path, at: at, written: map[string]entry{}, out: &yaml.Node{Kind: yaml.MappingNode}}
	if mapping == nil {
		return s
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key, value := resolve(mapping.Content[i]), resolve(mapping.Content[i+1])
		first, again := s.written[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode:
			r.add(key, path, "a key must be one word, such as name; put a value that starts with [, {, * or ? in quotes")
		case key.Tag == "!!merge":
			r.add(key, s.join(key.Value), "merge keys are not supported; write the keys out, or share a whole value with &name and *name")
		case again:
			r.add(key, s.join(key.Value), "written twice, first in line %d; remove one of them", first.key.Line)
		default:
			s.order = append(s.order, key.Value)
			s.written[key.Value] = entry{key, value}
		}
	}
	return s
}

// resolve follows an alias (*name) to the value that it stands for. Only as many levels are ever followed as the schema has, so that
// nested aliases cost nothing.
func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// know makes key a known one of this section.
func (s *section) know(key string) {
	s.known = append(s.known, key)
	if place := index.ReplaceAllString(s.path, "[]"); place != "" && !slices.Contains(s.places[key], place) {
		s.places[key] = append(s.places[key], place)
	}
}

// take makes key known and returns its value, nil if it was left out.
func (s *section) take(key string) *yaml.Node {
	s.know(key)
	return s.written[key].value
}

// print shows key's effective value.
func (s *section) print(key string, v *yaml.Node) {
	s.out.Content = append(s.out.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, v)
}

// end faults the keys that nothing asked for.
func (s *section) end() {
	for _, key := range s.order {
		if slices.Contains(s.known, key) {
			continue
		}
		advice := hint(key, s.known, "; known here: "+strings.Join(s.known, ", "))
		if places := s.places[key]; len(places) > 0 {
			advice = "; it belongs in " + strings.Join(places, " or ")
		}
		s.add(s.written[key].key, s.join(key), "unknown key %s%s", show(key), advice)
	}
}

// fault records that the values of keys do not go together. It stands at the first of them that the file holds, and says nothing when
// one of them is faulty already.
func (s *section) fault(keys []string, format string, args ...any) {
	at, key := s.at, keys[0]
	if slices.ContainsFunc(keys, s.faulty) {
		return
	}
	for _, k := range slices.Backward(keys) {
		if e, ok := s.written[k]; ok {
			at, key = e.value, k
		}
	}
	s.add(at, s.join(key), format, args...)
}

func (s *section) faulty(key string) bool {
	path := s.join(key)
	return slices.ContainsFunc(s.faults, func(f Fault) bool {
		rest, ok := strings.CutPrefix(f.Key, path)
		return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}

// belong makes keys known that are meant for other settings of chooser than this one, and faults those that are written.
func (s *section) belong(chooser, settings string, keys ...string) {
	for _, key := range keys {
		if slices.Contains(s.known, key) {
			continue
		}
		s.know(key)
		if e, ok := s.written[key]; ok && !s.faulty(chooser) {
			s.add(e.key, s.join(key), "only for %s: %s; remove it, or write that %s", chooser, settings, chooser)
		}
	}
}

func (s *section) join(key string) string {
	if s.path == "" {
		return show(key)
	}
	return s.path + "." + show(key)
}

var (
	index = regexp.MustCompile(`\[\d+\]`)
	plain = regexp.MustCompile(`^[\w<-]{1,64}$`)
)

// show is key as messages have it: quoted and cut if it is nothing like a key.
func show(key string) string {
	if plain.MatchString(key) {
		return key
	}
	return fmt.Sprintf("%.40q", key)
}
