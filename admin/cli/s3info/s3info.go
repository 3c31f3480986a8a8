package s3info

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/cofferstore/coffer/admin/cli"
	"github.com/cofferstore/coffer/auth/iam"
)

// Exit statuses of the tool.
const (
	exitOK      = 0
	exitFailure = 1 // no credentials, or they cannot be read
	exitUsage   = 2
)

// Users is where credentials come from; [iam.Directory] is one. It must be safe
// for concurrent use.
type Users interface {
	// UserByEmail returns the user who has an e-mail address, or
	// [iam.ErrNoSuchUser].
	UserByEmail(ctx context.Context, email string) (iam.User, error)

	// Account returns a user with keys and secrets, or [iam.ErrNoSuchUser].
	Account(ctx context.Context, id iam.UserID) (iam.Account, error)
}

// Options configure the tool. With neither a domain nor a mapping file nobody
// has credentials.
type Options struct {
	// Domain maps the user "name" of the operating system to the S3 user whose
	// e-mail address is "name@Domain". Names that are not in lower case are
	// mapped by the file only: two users of the operating system may differ in
	// case, e-mail addresses do not. Default: no such mapping.
	Domain string

	// MappingFile is the path of an explicit mapping, which goes before Domain:
	// see [ParseMapping]. It is read again when it has changed. Default: none.
	MappingFile string

	Logger *slog.Logger // default: discard
}

// New returns the tool. A mapping file that cannot be read, or a domain that
// cannot be one, is an error.
func New(users Users, o *Options) (cli.Tool, error) {
	if o == nil {
		o = &Options{}
	}
	if strings.ContainsAny(o.Domain, "@ \t\r\n") {
		return nil, fmt.Errorf("s3info: %q is not the domain of an e-mail address", o.Domain)
	}
	t := &tool{users: users, domain: o.Domain, log: o.Logger}
	if t.log == nil {
		t.log = slog.New(slog.DiscardHandler)
	}
	if o.MappingFile != "" {
		t.mapping = &mappingFile{path: o.MappingFile}
		if _, err := t.mapping.current(); err != nil {
			return nil, fmt.Errorf("s3info: %w", err)
		}
	}
	return t.run, nil
}

// tool is the program; run is its main.
type tool struct {
	users   Users
	domain  string
	mapping *mappingFile // nil: none
	log     *slog.Logger
}

func (t *tool) run(ctx context.Context, in *cli.Invocation) int {
	if exit, done := Local(ctx, in); done {
		return exit
	}
	req, _ := parse(in.Args) // Local has found nothing wrong
	account, key, err := t.find(ctx, in.User)
	switch {
	case errors.Is(err, errNone):
		fmt.Fprintf(in.Stderr, "s3info: no S3 credentials for user %s\n", in.User)
		return exitFailure
	case err != nil:
		// Why is for the administrator; who calls may be anybody.
		t.log.ErrorContext(ctx, "s3info failed", "user", in.User, "error", err)
		fmt.Fprintln(in.Stderr, "s3info: the credentials cannot be read at present")
		return exitFailure
	}
	return written(io.WriteString(in.Stdout, req.text(account, key)))
}

// Local carries out what needs no credentials: help, and telling what is wrong
// with the arguments. done is false for anything else.
func Local(_ context.Context, in *cli.Invocation) (exit int, done bool) {
	req, err := parse(in.Args)
	switch {
	case err != nil:
		fmt.Fprintf(in.Stderr, "s3info: %v\n%s", err, usage)
		return exitUsage, true
	case req.help:
		return written(io.WriteString(in.Stdout, usage)), true
	}
	return exitOK, false
}

func written(_ int, err error) int {
	if err != nil {
		return exitFailure
	}
	return exitOK
}

// errNone says that a user of the operating system has no credentials, for
// whatever reason.
var errNone = errors.New("no S3 credentials")

// find returns the S3 user of a user of the operating system and the oldest of
// its active keys. Those of subusers and key sets were made for others.
func (t *tool) find(ctx context.Context, osUser string) (*iam.Account, *iam.AccountKey, error) {
	id, err := t.userOf(ctx, osUser)
	if err != nil {
		return nil, nil, err
	}
	account, err := t.users.Account(ctx, id)
	if err != nil {
		return nil, nil, unknown(err)
	}
	if account.Suspended {
		return nil, nil, errNone
	}
	keys := slices.DeleteFunc(account.Keys, func(k iam.AccountKey) bool { return k.Inactive || k.Subuser != "" || k.Set != "" })
	if len(keys) == 0 {
		return nil, nil, errNone
	}
	oldest := slices.MinFunc(keys, func(a, b iam.AccountKey) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.AccessKey, b.AccessKey))
	})
	return &account, &oldest, nil
}

// userOf maps a user of the operating system to an S3 user.
func (t *tool) userOf(ctx context.Context, osUser string) (iam.UserID, error) {
	if osUser == "" {
		return iam.UserID{}, errNone
	}
	if t.mapping != nil {
		table, err := t.mapping.current()
		if err != nil {
			return iam.UserID{}, err
		}
		if id, ok := table[osUser]; ok {
			return id, nil
		}
	}
	if t.domain == "" || strings.ToLower(osUser) != osUser {
		return iam.UserID{}, errNone
	}
	u, err := t.users.UserByEmail(ctx, osUser+"@"+t.domain)
	return u.UserID, unknown(err)
}

// unknown turns the absence of a user, or a name that no user can have, into
// errNone.
func unknown(err error) error {
	if errors.Is(err, iam.ErrNoSuchUser) || errors.Is(err, iam.ErrInvalidArgument) {
		return errNone
	}
	return err
}
