package config

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/pflag"
)

// Server are the settings of a server.
type Server struct {
	Data          string
	Listen        string
	MetricsListen string // "" = none
	UTAPIListen   string // "" = none
	Domains       []string
	Websites      []string // domains below which buckets are websites
	Region        string

	TLSCert, TLSKey string // files; both or none

	CustomerKeysWithoutTLS bool // accept SSE-C over plain HTTP

	Ownership string // of new buckets whose creator names none

	KMS KMS

	Statistics Statistics

	LogFormat string // "json" or "text"
	LogLevel  slog.Level
	AccessLog bool

	ReadHeaderTimeout time.Duration
	StallTimeout      time.Duration
	IdleTimeout       time.Duration
	ShutdownTimeout   time.Duration

	LifecycleInterval time.Duration // between passes; 0 = one at the start of each UTC day
	LifecycleDay      time.Duration // length of a day in lifecycle rules; 0 = a real one

	UTAPIReindex     bool          // recount on Sundays
	UTAPIExpireAfter time.Duration // metrics of deleted buckets; 0 = they stay

	Reserve Size // bytes of the disk that stay free; 0 = none

	S3InfoSocket string // path of a socket that any local user may open; "" = none
	S3InfoDomain string // whose addresses name users of the operating system; "" = none's
	S3InfoMap    string // path of a file that maps users of the operating system; "" = none

	RootAccessKey, RootSecretKey string // both or none
	MasterKey                    string // 64 hexadecimal digits, "" = in the data directory

	logLevel string
}

// minRootSecret is the least length of a root secret that a user chooses.
const minRootSecret = 8

// ServerSettings returns the settings of a server and where their values go.
// After [Load], call [Server.Check].
func ServerSettings() (Settings, *Server) {
	s := &Server{Reserve: 256 << 20}
	f := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	f.SortFlags = false
	DataFlags(f, &s.Data)
	f.StringVar(&s.Listen, "listen", ":9000", "`address` to serve S3 at; port 0 takes a free one, which is logged")
	f.StringVar(&s.MetricsListen, "metrics-listen", "127.0.0.1:9001", "`address` of /metrics, /healthz, /readyz and /debug/pprof; empty turns them off")
	f.StringVar(&s.UTAPIListen, "utapi-listen", "", "`address` to serve utilization metrics (UTAPI) at, commonly :8100; they are served beside S3 in any case")
	f.StringSliceVar(&s.Domains, "domain", nil, "`name` under which buckets are hosts (bucket.name); may be given more than once")
	f.StringSliceVar(&s.Websites, "website-domain", nil, "`name` under which buckets are websites (bucket.name); may be given more than once")
	f.StringVar(&s.Region, "region", "us-east-1", "`region` that the server says it is")
	f.StringVar(&s.TLSCert, "tls-cert", "", "`file` with the certificate chain (PEM); read again when it changes")
	f.StringVar(&s.TLSKey, "tls-key", "", "`file` with the private key of the certificate (PEM)")
	f.BoolVar(&s.CustomerKeysWithoutTLS, "sse-c-without-tls", false, "accept customers' keys (SSE-C) over plain HTTP, for servers behind a proxy that ends TLS")
	f.StringVar(&s.Ownership, "object-ownership", "BucketOwnerEnforced", "`ownership` of new buckets whose creator names none; with ObjectWriter or BucketOwnerPreferred their ACLs count")
	f.StringVar(&s.LogFormat, "log-format", "json", "`format` of the log on standard output: json or text")
	f.StringVar(&s.logLevel, "log-level", "info", "least `level` that is logged: debug, info, warn or error")
	f.BoolVar(&s.AccessLog, "access-log", true, "log every request")
	f.DurationVar(&s.ReadHeaderTimeout, "read-header-timeout", 10*time.Second, "how long a client may take to send the header of a request")
	f.DurationVar(&s.StallTimeout, "stall-timeout", 2*time.Minute, "how long no byte of a body or an answer may move")
	f.DurationVar(&s.IdleTimeout, "idle-timeout", 2*time.Minute, "how long a connection may be idle between requests")
	f.DurationVar(&s.ShutdownTimeout, "shutdown-timeout", 30*time.Second, "how long requests may take to finish when the server is stopped")
	f.DurationVar(&s.LifecycleInterval, "lifecycle-interval", 0, "time between two passes over lifecycle rules; 0 makes one at the start of each day (UTC)")
	f.DurationVar(&s.LifecycleDay, "lifecycle-day-length", 0, "how long a day in lifecycle rules is, for tests; 0 is a real day")
	f.BoolVar(&s.UTAPIReindex, "utapi-reindex", false, "recount what utilization metrics say is stored, on Sundays at 00:00 UTC")
	f.DurationVar(&s.UTAPIExpireAfter, "utapi-expire-after", 0, "how long utilization metrics of deleted buckets are kept; 0 keeps them")
	f.Var(&s.Reserve, "reserve", "`size` that stays free on the disk: below it, writes are refused")
	s.Statistics.declare(f)

	f.StringVar(&s.S3InfoSocket, "s3info-socket", "", "`path` of a unix socket at which any local user may run the tool s3info; empty is none")
	f.StringVar(&s.S3InfoDomain, "s3info-domain", "", "`domain`: the tool s3info shows the user NAME of the operating system the keys of the S3 user with the address NAME@domain")
	f.StringVar(&s.S3InfoMap, "s3info-map", "", "`file` with lines of a user of the operating system and an S3 user, for s3info; goes before the domain, and is read again when it changes")

	secrets := pflag.NewFlagSet("secrets", pflag.ContinueOnError)
	secrets.StringVar(&s.RootAccessKey, "root-access-key", "", "access key of the root user")
	secrets.StringVar(&s.RootSecretKey, "root-secret-key", "", "secret key of the root user")
	MasterKeySetting(secrets, &s.MasterKey)
	s.KMS.declare(f, secrets)
	return Settings{Flags: f, Secrets: secrets}, s
}

// DataFlags declares the settings that all commands on a data directory have.
func DataFlags(f *pflag.FlagSet, dir *string) {
	f.StringVar(dir, "data", "./data", "`directory` of the data")
	f.String(configFlag, "", "YAML `file` with settings, named as the flags are without the dashes")
}

// MasterKeySetting declares the setting of the master key.
func MasterKeySetting(f *pflag.FlagSet, key *string) {
	f.StringVar(key, "master-key", "", "key that secrets are sealed with")
}

// ServerKeys are the names of all settings of a server, for the files of other
// commands.
func ServerKeys() []string {
	s, _ := ServerSettings()
	var names []string
	_ = s.all(func(f *pflag.Flag) error { names = append(names, f.Name); return nil })
	return names
}

// Check tells what is wrong with the values together, as an [ErrUsage].
func (s *Server) Check() error {
	if err := s.LogLevel.UnmarshalText([]byte(s.logLevel)); err != nil {
		return usage("log-level %q: want debug, info, warn or error", s.logLevel)
	}
	both := func(a, b, nameA, nameB string) error {
		if (a == "") == (b == "") {
			return nil
		}
		return usage("%s and %s belong together: set both or neither", nameA, nameB)
	}
	if err := s.KMS.check(); err != nil {
		return err
	}
	if err := s.Statistics.check(); err != nil {
		return err
	}
	if err := both(s.TLSCert, s.TLSKey, "tls-cert", "tls-key"); err != nil {
		return err
	}
	if err := both(s.RootAccessKey, s.RootSecretKey, EnvName("root-access-key"), EnvName("root-secret-key")); err != nil {
		return err
	}
	switch {
	case s.Data == "":
		return usage("data is empty: name a directory")
	case s.Listen == "":
		return usage("listen is empty: name an address such as :9000")
	case s.Region == "":
		return usage("region is empty")
	case s.Ownership != "BucketOwnerEnforced" && s.Ownership != "BucketOwnerPreferred" && s.Ownership != "ObjectWriter":
		return usage("object-ownership %q: want BucketOwnerEnforced, BucketOwnerPreferred or ObjectWriter", s.Ownership)
	case s.LogFormat != "json" && s.LogFormat != "text":
		return usage("log-format %q: want json or text", s.LogFormat)
	case s.ReadHeaderTimeout <= 0, s.StallTimeout <= 0, s.IdleTimeout <= 0, s.ShutdownTimeout <= 0:
		return usage("timeouts must be positive")
	case shorterThanSecond(s.UTAPIExpireAfter):
		return usage("utapi-expire-after is 0 or at least a second")
	case shorterThanSecond(s.LifecycleInterval), shorterThanSecond(s.LifecycleDay):
		return usage("lifecycle-interval and lifecycle-day-length are 0 or at least a second")
	case s.RootSecretKey != "" && len(s.RootSecretKey) < minRootSecret:
		return usage("%s: want at least %d characters", EnvName("root-secret-key"), minRootSecret)
	}
	return nil
}

func shorterThanSecond(d time.Duration) bool { return d != 0 && d < time.Second }

// Help describes the settings for people.
func (s Settings) Help() string {
	text := s.Flags.FlagUsagesWrapped(100)
	text += "\nEvery flag is also an environment variable (--tls-cert is " + EnvName("tls-cert") +
		") and a setting in the file\nof --config. A flag wins over the environment, and that over the file.\n"
	if s.Secrets == nil {
		return text
	}
	text += "\nOnly in the environment or the file:\n"
	s.Secrets.VisitAll(func(f *pflag.Flag) { text += fmt.Sprintf("  %-24s %s\n", EnvName(f.Name), f.Usage) })
	return text
}
