package rgwadmin

import (
	"slices"
	"strings"
)

// line is a parsed command line.
type line struct {
	words  []string            // what is no flag
	values map[string][]string // by flag; "" for a switch without a value
	given  []string            // flags in their order, as they were spelled
}

// parse takes arguments apart. Flags may stand anywhere, in both spellings
// ("--uid=x", "--uid x"), with "-" or "_" between words; after "--" there are
// none.
func parse(args []string) (*line, error) {
	l := &line{values: make(map[string][]string)}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			l.words = append(l.words, args[i+1:]...)
			break
		}
		if len(arg) < 2 || arg[0] != '-' {
			l.words = append(l.words, arg)
			continue
		}
		spelled, value, has := strings.Cut(arg, "=")
		bare := strings.TrimPrefix(strings.TrimPrefix(spelled, "-"), "-")
		f := findFlag(bare)
		switch {
		case slices.Contains(cephFlags, strings.ReplaceAll(bare, "_", "-")):
			return nil, fail(exitInvalid, "ERROR: invalid flag %s: there is no Ceph cluster to choose; --data names the directory", arg)
		case f == nil || len(bare) > 1 && !strings.HasPrefix(spelled, "--"):
			return nil, fail(exitInvalid, "ERROR: invalid flag %s", arg)
		case f.arg != "" && !has:
			if i++; i == len(args) {
				return nil, fail(exitFailure, "Option %s requires an argument.", spelled)
			}
			value = args[i]
		case f.arg == "" && has && !isSwitch(value):
			return nil, fail(exitInvalid, "ERROR: invalid flag %s: want true or false", arg)
		}
		l.values[f.name] = append(l.values[f.name], value)
		l.given = append(l.given, f.name)
	}
	return l, nil
}

// isSwitch tells whether a switch may have such a value.
func isSwitch(value string) bool {
	return slices.Contains([]string{"true", "false", "1", "0", "yes", "no"}, strings.ToLower(value))
}

func (l *line) has(name string) bool { return len(l.values[name]) > 0 }

// get returns the value of a flag, the last one given.
func (l *line) get(name string) string {
	if v := l.values[name]; len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}

// on tells whether a switch is set; one that is not there is def.
func (l *line) on(name string, def bool) bool {
	if !l.has(name) {
		return def
	}
	switch strings.ToLower(l.get(name)) {
	case "false", "0", "no":
		return false
	}
	return true
}
