package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// report collects the faults of one file.
type report struct {
	file   string
	env    func(string) (string, bool)
	faults Faults
	places map[string][]string // for each key of the schema, the sections that have it
}

func (r *report) add(at *yaml.Node, key, format string, args ...any) {
	r.faults = append(r.faults, Fault{r.file, at.Line, at.Column, key, fmt.Sprintf(format, args...)})
}

// section is one mapping of the file, or one that is left out and has defaults only. Reading a key also prints it to
// out, with its effective value.
type section struct {
	*report
	path    string     // of its key; empty for the whole file
	at      *yaml.Node // the place for a fault of the whole section
	order   []string   // the keys in the file, from top to bottom
	written map[string]entry
	known   []string // the keys of the schema, as far as they have been read
	out     *yaml.Node
}

type entry struct{ key, value *yaml.Node }

// open starts to read the section in mapping; nil: it is left out.
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
			r.add(key, path, "a key must be one word, such as name; put a value that starts with [, {, * or ? in "+
				"quotes")
		case key.Tag == "!!merge":
			r.add(key, s.join(key.Value), "merge keys are not supported; write the keys out, or share a whole value "+
				"with &name and *name")
		case again:
			r.add(key, s.join(key.Value), "written twice, first in line %d; remove one of them", first.key.Line)
		default:
			s.order = append(s.order, key.Value)
			s.written[key.Value] = entry{key, value}
		}
	}
	return s
}

// resolve replaces an alias (*name) by its value. The schema bounds how deep the reader follows aliases, so aliases
// nested in aliases cost nothing.
func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// know adds key to the known keys of this section.
func (s *section) know(key string) {
	s.known = append(s.known, key)
	if place := index.ReplaceAllString(s.path, "[]"); place != "" && !slices.Contains(s.places[key], place) {
		s.places[key] = append(s.places[key], place)
	}
}

// take makes key known and returns its value, nil if it is left out.
func (s *section) take(key string) *yaml.Node {
	s.know(key)
	return s.written[key].value
}

// print adds the key and its effective value to out.
func (s *section) print(key string, v *yaml.Node) {
	s.out.Content = append(s.out.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, v)
}

// end adds a fault for every key in the file that is not known.
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

// fault adds a fault of several keys whose values do not fit together, at the first of them that is in the file. It
// adds nothing if one of them has a fault already.
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

// faulty reports whether key, or a key below it, has a fault.
func (s *section) faulty(key string) bool {
	path := s.join(key)
	return slices.ContainsFunc(s.faults, func(f Fault) bool {
		rest, ok := strings.CutPrefix(f.Key, path)
		return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}

// belong handles keys that need one of certain settings of the key chooser. Those that the present setting does not
// take become known, and a fault if they are in the file. Example: role_name belongs to the source cvm-role.
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

// show prints a key for messages: quoted and cut if it does not look like a key.
func show(key string) string {
	if plain.MatchString(key) {
		return key
	}
	return fmt.Sprintf("%.40q", key)
}
