package config

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// kind describes the values of one type: how to read and to print them. parse(format(v)) is v.
type kind[T any] struct {
	parse  func(text string) (T, error) // the error continues the sentence `"text" …` and does not hold the text
	format func(T) string
	free   bool // free text: print it in quotes if YAML would read it as a number, a date or null
	secret bool // never printed
}

// fallback is the default of a key in the file's notation, or, if the key is required, an example.
type fallback struct {
	text     string
	required bool
}

func def[T ~string](text T) fallback { return fallback{text: string(text)} }
func must(example string) fallback   { return fallback{text: example, required: true} }

// value reads the key's single value, or takes its default.
func value[T any](s *section, key string, f fallback, k kind[T]) (v T) {
	switch node := s.take(key); {
	case node != nil:
		v, _ = scalar(s.report, s.join(key), node, f, k)
	case f.required:
		s.add(s.at, s.join(key), "missing; write %s: %s", key, f.text)
	default:
		v, _ = scalar(s.report, s.join(key), &yaml.Node{Kind: yaml.ScalarNode, Value: f.text}, f, k)
	}
	s.print(key, k.node(v))
	return v
}

// values reads the key's list of at least one value, each once. The default is standard.
func values[T comparable](s *section, key string, standard []T, k kind[T]) []T {
	list, path := standard, s.join(key)
	if node := s.take(key); node != nil {
		list = nil
		example := sequence(standard, k.node)
		if isList(s.report, path, node, example) && len(node.Content) == 0 {
			s.add(node, path, "the list is empty; write at least one value, such as %s, or leave the key out",
				inline(example))
		}
		for i, n := range items(node) {
			n, path := resolve(n), fmt.Sprintf("%s[%d]", path, i)
			v, ok := scalar(s.report, path, n, def(k.format(standard[0])), k)
			if j := slices.Index(list, v); ok && j >= 0 {
				s.add(n, path, "listed twice; remove one of them")
			} else if ok {
				list = append(list, v)
			}
		}
	}
	s.print(key, sequence(list, k.node))
	return slices.Clone(list)
}

// sub reads the key's section with read.
func sub[T any](s *section, key string, read func(*section) T) T {
	node := s.take(key)
	at := node
	if node == nil {
		at = s.at
	} else if isNull(node) { // perhaps all its keys are commented out: take the defaults
		node = nil
	}
	v, inner := mapping(s.report, s.join(key), at, node, read)
	if s.path != "" && !slices.ContainsFunc(inner.out.Content,
		func(n *yaml.Node) bool { return n.Kind != yaml.ScalarNode }) {
		inner.out.Style = yaml.FlowStyle
	}
	s.print(key, inner.out)
	return v
}

// sections reads the key's list of sections with read. Each has a name of its own. The default is standard, as YAML.
func sections[T interface{ named() string }](s *section, key, standard string, read func(*section) T) []T {
	node, path := s.take(key), s.join(key)
	if node == nil {
		var document yaml.Node
		if err := yaml.Load([]byte(standard), &document); err != nil {
			s.add(s.at, path, "the default is not YAML: %v", err)
			return nil
		}
		node = document.Content[0]
	} else {
		isList(s.report, path, node, &yaml.Node{Kind: yaml.ScalarNode, Value: standard})
	}
	seen := map[string]bool{}
	list, out := []T{}, &yaml.Node{Kind: yaml.SequenceNode}
	for i, n := range items(node) {
		n, path := resolve(n), fmt.Sprintf("%s[%d]", path, i)
		v, element := mapping(s.report, path, n, n, read)
		if seen[v.named()] {
			element.fault([]string{"name"}, "another of %s has the name %s; give each its own", key, v.named())
		}
		seen[v.named()] = v.named() != "" // a faulty name is empty: ignore it
		list, out.Content = append(list, v), append(out.Content, element.out)
	}
	s.print(key, out)
	return list
}

// mapping reads node with read, and returns the section as well. node is a mapping, or nil for a section that is left
// out: at is then the place of its faults. If node is neither, mapping adds a fault that lists the section's keys.
func mapping[T any](r *report, path string, at, node *yaml.Node, read func(*section) T) (T, *section) {
	if node != nil && (node.Kind != yaml.MappingNode || isTagged(node)) {
		elsewhere := open(&report{env: r.env, places: r.places}, path, at, nil)
		v := read(elsewhere)
		if !refuseTag(r, path, node) {
			r.add(node, path, "%s stands here where keys with values are expected: %s", describe(node),
				strings.Join(elsewhere.known, ", "))
		}
		return v, elsewhere
	}
	s := open(r, path, at, node)
	v := read(s)
	s.end()
	return v, s
}

// scalar reads node as one value of kind k. ok is false if that added a fault.
func scalar[T any](r *report, path string, node *yaml.Node, f fallback, k kind[T]) (v T, ok bool) {
	such := ", such as " + f.text
	if f.text == "" {
		such = ""
	}
	switch {
	case refuseTag(r, path, node):
		return v, false
	case isNull(node) && f.text == "":
		r.add(node, path, `no value; write "" for none, or leave the key out`)
		return v, false
	case isNull(node) && f.required:
		r.add(node, path, "no value; write one%s", such)
		return v, false
	case isNull(node):
		r.add(node, path, "no value; write one%s, or leave the key out", such)
		return v, false
	case node.Kind != yaml.ScalarNode:
		r.add(node, path, "%s where one value is expected%s", describe(node), such)
		return v, false
	}

	text, replaced, err := expand(node.Value, r.env)
	subject := fmt.Sprintf("%.60q", node.Value)
	switch {
	case k.secret || strings.Index(node.Value, "@") > 0: // a URL may hold a password before its @
		subject = "the value"
	case replaced:
		subject = "the value of " + subject
	}
	if err != nil {
		r.add(node, path, "%v", err)
		return v, false
	}
	if text == "" && f.required {
		r.add(node, path, "%s is empty; write one%s", subject, such)
		return v, false
	}
	if v, err = k.parse(text); err != nil {
		r.add(node, path, "%s %v", subject, err)
	}
	return v, err == nil
}

func isNull(n *yaml.Node) bool   { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" && !isTagged(n) }
func isTagged(n *yaml.Node) bool { return n.Style&yaml.TaggedStyle != 0 }

// refuseTag adds a fault and returns true if n has an explicit tag, such as !!binary, which would change the meaning
// of a value. The message does not show the tag: it may be an unquoted password that starts with !.
func refuseTag(r *report, path string, n *yaml.Node) bool {
	if isTagged(n) {
		r.add(n, path, "a YAML tag means nothing here; remove it, or put a value that starts with ! in quotes")
	}
	return isTagged(n)
}

func isList(r *report, path string, n, example *yaml.Node) bool {
	if !refuseTag(r, path, n) && n.Kind != yaml.SequenceNode {
		r.add(n, path, "%s where a list is expected, such as %s", describe(n), inline(example))
		return false
	}
	return !isTagged(n)
}

func items(n *yaml.Node) []*yaml.Node {
	if n.Kind != yaml.SequenceNode || isTagged(n) {
		return nil
	}
	return n.Content
}

func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode:
		return "keys and values"
	case isNull(n):
		return "nothing"
	}
	return "a single value"
}
