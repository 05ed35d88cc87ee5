package config

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v4"
)

// YAML returns the effective configuration: every key, defaults included, with secrets as ***. Parse reads it back as
// the same configuration, but for the secrets.
func (c *Config) YAML() []byte { return bytes.Clone(c.effective) }

// node is v in the file's notation, masked if it is a secret.
func (k kind[T]) node(v T) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: strings.ReplaceAll(k.format(v), "$", "$$")}
	if k.free {
		n.Tag = "!!str"
	}
	return n
}

func sequence[T any](list []T, node func(T) *yaml.Node) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, v := range list {
		n.Content = append(n.Content, node(v))
	}
	return n
}

// inline prints n on one line, for messages.
func inline(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode {
		return n.Value
	}
	return string(bytes.TrimSpace(dump(n)))
}

func dump(n *yaml.Node) []byte {
	out, err := yaml.Dump(n, yaml.WithLineWidth(-1), yaml.WithUnicode(true), yaml.WithCompactSeqIndent(false),
		yaml.WithQuotePreference(yaml.QuoteDouble))
	if err != nil {
		panic(err) // cannot happen: the tree holds only scalars, lists and mappings made here
	}
	return out
}
