package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// maxSize bounds the file, in bytes. A larger one is no configuration.
const maxSize = 256 << 10

// Load reads the file at path, as Parse does. The error is Faults, or wraps that of reading the file, such as
// fs.ErrNotExist.
func Load(path string, env func(string) (string, bool)) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w; name the file with --config, or start from a copy of "+
			"the example config.yaml", err)
	}
	return Parse(path, data, env)
}

// Parse reads data, the content of the file called name, with the variables of env, such as os.LookupEnv. The error
// is Faults.
//
// The file is one YAML document in UTF-8. Variables are replaced in values after YAML is parsed, so that their
// content is never read as YAML; see expand. Aliases (*name) work; merge keys and tags are faults. A secret may be
// written in the file, since some files are secret themselves, but better in a variable.
func Parse(name string, data []byte, env func(string) (string, bool)) (*Config, error) {
	if env == nil {
		env = func(string) (string, bool) { return "", false }
	}
	r := &report{file: name, env: env, places: places()}
	root := document(r, data)
	if len(r.faults) > 0 {
		return nil, r.faults
	}
	c, s := mapping(r, "", root, root, readConfig)
	if len(r.faults) > 0 {
		r.faults.sort()
		return nil, r.faults
	}
	c.effective = dump(s.out)
	return &c, nil
}

// Default returns the configuration of an empty file, with no variable set.
func Default() *Config {
	c, err := Parse("defaults", []byte("{}"), nil)
	if err != nil {
		panic(err) // the defaults of the schema are valid
	}
	return c
}

// places returns every key of the schema with the sections that have it.
func places() map[string][]string {
	r := &report{env: func(string) (string, bool) { return "", false }, places: map[string][]string{}}
	mapping(r, "", &yaml.Node{}, nil, readConfig)
	return r.places
}

// document returns the one YAML document in data, or adds to r the fault that there is none.
func document(r *report, data []byte) *yaml.Node {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	start := &yaml.Node{Line: 1, Column: 1}
	if len(data) > maxSize {
		r.add(start, "", "the file is larger than 256 KiB; is it the configuration?")
		return nil
	}
	if at := notText(data); at != nil {
		r.add(at, "", "no UTF-8 text from here on; save the file as UTF-8, without control characters")
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		r.add(start, "", "not YAML: %v", err)
		return nil
	}
	var first, second yaml.Node
	err = loader.Load(&first)
	if errors.Is(err, io.EOF) || err == nil && isNull(first.Content[0]) {
		r.add(start, "", "the file holds no configuration; start from a copy of the example config.yaml")
		return nil
	}
	if err == nil {
		err = loader.Load(&second)
		if err == nil {
			r.add(&second, "", "a second document starts here; one file holds one configuration, so remove the --- "+
				"line or what follows it")
			return nil
		}
	}
	if !errors.Is(err, io.EOF) {
		r.syntax(err)
		return nil
	}
	return resolve(first.Content[0])
}

// syntax adds the fault that the file is not YAML. It leaves out messages that quote the file: an unquoted password
// that starts with * looks like an alias, and YAML would quote it.
func (r *report) syntax(err error) {
	at, detail := &yaml.Node{Line: 1, Column: 1}, "it cannot be read"
	if e, ok := errors.AsType[*yaml.LoadError](err); ok {
		if e.Mark.Line > 0 {
			at.Line, at.Column = e.Mark.Line, e.Mark.Column
		}
		detail = e.Message
		if e.Stage == yaml.ComposerStage {
			detail = "an alias (*name) stands for no anchor (&name) before it"
		}
		if e.ContextMsg != "" && e.ContextMark.Line > 0 {
			detail += fmt.Sprintf(" %s that starts at %d:%d", e.ContextMsg, e.ContextMark.Line, e.ContextMark.Column)
		}
	}
	r.add(at, "", "not YAML: %s; indent with spaces, and put a value with special characters in quotes, as in "+
		"[\"${NAME}\"]", detail)
}

// notText returns the place of the first byte of data that is not UTF-8 text, nil if there is none.
func notText(data []byte) *yaml.Node {
	line, column := 1, 1
	for len(data) > 0 {
		c, size := utf8.DecodeRune(data)
		switch {
		case c == utf8.RuneError && size == 1, unicode.IsControl(c) && c != '\n' && c != '\r' &&
			c != '\t' && c != '\u0085':
			return &yaml.Node{Line: line, Column: column}
		case c == '\n':
			line, column = line+1, 1
		default:
			column++
		}
		data = data[size:]
	}
	return nil
}
