package config

import (
	"encoding/csv"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// envPrefix begins the names of environment variables.
const envPrefix = "COFFER_"

// configFlag names the flag of the file.
const configFlag = "config"

// ErrUsage is wrapped by errors of what the caller wrote: an unknown flag, a
// value that does not parse, a file with a mistake.
const ErrUsage Error = "wrong usage"

// Error is a constant error; compare with errors.Is.
type Error string

func (e Error) Error() string { return string(e) }

// usageError is an [ErrUsage] whose text is all that a user needs to see.
type usageError struct{ err error }

func (e *usageError) Error() string        { return e.err.Error() }
func (e *usageError) Unwrap() error        { return e.err }
func (e *usageError) Is(target error) bool { return target == ErrUsage }

func usage(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// Settings is what [Load] fills.
type Settings struct {
	// Flags are the settings that the command line may set. One of them may be
	// "config", the path of a file.
	Flags *pflag.FlagSet

	// Secrets are settings that only the environment and the file may set.
	Secrets *pflag.FlagSet

	// AlsoInFile are further keys that a file may have, because several
	// commands share it. They are not looked at.
	AlsoInFile []string
}

// Load sets all settings from args (without the program's name), env (in the
// form of os.Environ) and the file that "config" names. It wraps
// [pflag.ErrHelp] when args ask for help. Other arguments than flags are
// refused.
func Load(s Settings, args, env []string) error {
	if err := s.Flags.Parse(args); err != nil {
		if errors.Is(err, pflag.ErrHelp) {
			return err
		}
		return &usageError{err}
	}
	if rest := s.Flags.Args(); len(rest) > 0 {
		return usage("unexpected argument %q", rest[0])
	}
	given := map[string]bool{} // by a source of higher precedence
	s.Flags.Visit(func(f *pflag.Flag) { given[f.Name] = true })
	if err := s.fromEnv(environment(env), given); err != nil {
		return err
	}
	f := s.Flags.Lookup(configFlag)
	if f == nil || f.Value.String() == "" {
		return nil
	}
	return s.fromFile(f.Value.String(), given)
}

// EnvName returns the environment variable of a setting: "tls-cert" is
// COFFER_TLS_CERT.
func EnvName(setting string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(setting, "-", "_"))
}

func environment(env []string) map[string]string {
	m := make(map[string]string)
	for _, e := range env {
		if name, value, ok := strings.Cut(e, "="); ok && strings.HasPrefix(name, envPrefix) {
			m[name] = value
		}
	}
	return m
}

// all calls fn for every setting until it fails.
func (s Settings) all(fn func(*pflag.Flag) error) error {
	var err error
	visit := func(f *pflag.Flag) {
		if err == nil && f.Name != "help" {
			err = fn(f)
		}
	}
	s.Flags.VisitAll(visit)
	if s.Secrets != nil {
		s.Secrets.VisitAll(visit)
	}
	return err
}

func (s Settings) lookup(name string) *pflag.Flag {
	if f := s.Flags.Lookup(name); f != nil && name != "help" {
		return f
	}
	if s.Secrets != nil {
		return s.Secrets.Lookup(name)
	}
	return nil
}

func (s Settings) fromEnv(env map[string]string, given map[string]bool) error {
	return s.all(func(f *pflag.Flag) error {
		value, ok := env[EnvName(f.Name)]
		if !ok || given[f.Name] {
			return nil
		}
		given[f.Name] = true
		if err := f.Value.Set(value); err != nil {
			return usage("%s: %w", EnvName(f.Name), s.conceal(f, err))
		}
		return nil
	})
}

// conceal keeps values of secrets out of messages.
func (s Settings) conceal(f *pflag.Flag, err error) error {
	if s.Secrets != nil && s.Secrets.Lookup(f.Name) == f {
		return errors.New("not valid")
	}
	return err
}

// joined writes values as a flag of several values takes them.
func joined(values []string) (string, error) {
	var b strings.Builder
	w := csv.NewWriter(&b)
	if err := w.Write(values); err != nil {
		return "", err
	}
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n"), w.Error()
}
