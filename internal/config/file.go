package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// maxFile bounds the size of a file, in bytes.
const maxFile = 1 << 20

func (s Settings) fromFile(path string, given map[string]bool) error {
	f, err := os.Open(path)
	if err != nil {
		return usage("configuration: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return usage("configuration: %w", err)
	}
	if len(data) > maxFile {
		return usage("%s: larger than 1 MiB", path)
	}
	return s.fromYAML(path, data, given)
}

// fromYAML reads a mapping from settings to values. name is for messages.
func (s Settings) fromYAML(name string, data []byte, given map[string]bool) error {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return usage("%s: %w", name, err)
	}
	if doc.Kind == 0 || len(doc.Content) == 0 {
		return nil // empty, or comments only
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil
	}
	if root.Kind != yaml.MappingNode {
		return usage("%s:%d: want lines of the form \"setting: value\"", name, root.Line)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if err := s.fromPair(key, value, seen, given); err != nil {
			return usage("%s:%d: %w", name, key.Line, err)
		}
	}
	return nil
}

func (s Settings) fromPair(key, value *yaml.Node, seen, given map[string]bool) error {
	name := key.Value
	f := s.lookup(name)
	if f == nil && slices.Contains(s.AlsoInFile, name) {
		return nil
	}
	if key.Kind != yaml.ScalarNode || f == nil || name == configFlag {
		return fmt.Errorf("unknown setting %q", name)
	}
	if seen[name] {
		return fmt.Errorf("%s is set twice", name)
	}
	seen[name] = true
	text, err := textOf(f, value)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if given[name] {
		return nil
	}
	if err := f.Value.Set(text); err != nil {
		return fmt.Errorf("%s: %w", name, s.conceal(f, err))
	}
	return nil
}

// textOf writes a value as a flag takes it.
func textOf(f *pflag.Flag, value *yaml.Node) (string, error) {
	_, many := f.Value.(pflag.SliceValue)
	switch {
	case value.Kind == yaml.ScalarNode && value.Tag != "!!null" && many:
		return joined([]string{value.Value})
	case value.Kind == yaml.ScalarNode && value.Tag != "!!null":
		return value.Value, nil
	case value.Kind == yaml.SequenceNode && many:
		items := make([]string, 0, len(value.Content))
		for _, item := range value.Content {
			if item.Kind != yaml.ScalarNode || item.Tag == "!!null" {
				return "", errors.New("want a list of plain values")
			}
			items = append(items, item.Value)
		}
		if len(items) == 0 {
			return "", nil
		}
		return joined(items)
	}
	return "", errors.New("want a plain value")
}
