package ostoradmin

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/cli"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
)

// Exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// usageError is a command line that cannot be meant.
type usageError string

func (e usageError) Error() string { return string(e) }

// S3Admin returns the tool ostor-s3-admin, which administers by a.
func S3Admin(a *admin.Ostor) cli.Tool {
	return func(ctx context.Context, in *cli.Invocation) int {
		c := &call{ctx: ctx, admin: a}
		cmd, err := c.prepare(in.Args)
		if err == nil {
			err = cmd.run(c)
		}
		return finish(in, "ostor-s3-admin", err, &c.out)
	}
}

// Local carries out what needs no store: help, and telling what is wrong with
// the arguments. done is false for anything else.
func Local(_ context.Context, in *cli.Invocation) (exit int, done bool) {
	c := &call{}
	cmd, err := c.prepare(in.Args)
	if err == nil && !cmd.local {
		return exitOK, false
	}
	if err == nil {
		err = cmd.run(c)
	}
	return finish(in, "ostor-s3-admin", err, &c.out), true
}

// finish writes what there is to tell, and returns the exit status.
func finish(in *cli.Invocation, program string, err error, out *bytes.Buffer) int {
	if err == nil {
		_, err = in.Stdout.Write(out.Bytes())
	}
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(in.Stderr, program+": "+message(err))
	var usage usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}

// call is one run of the tool. Its members are what flags set.
type call struct {
	ctx   context.Context
	admin *admin.Ostor
	out   bytes.Buffer

	email, id, bucket, general string // -e -i -b -o: whom or what it is about
	account, key               string // -n -k
	kind, size                 string // -t -q
	volume                     string // -V
	limits                     []string
	system, all, xml           bool // -S -a -X
}

// command is a row of the table. flags are those that it has beside -V; the ones
// in need must be given. A local one needs no store.
type command struct {
	name, flags, need string
	run               func(*call) error
	local             bool
}

var commands = []command{
	{"create-user", "eS", "e", (*call).createUser, false},
	{"query-users", "aX", "", (*call).queryUsers, false},
	{"query-user-info", "ei", "", (*call).queryUser, false},
	{"disable-user", "ei", "", (*call).disableUser, false},
	{"enable-user", "ei", "", (*call).enableUser, false},
	{"delete-user", "ei", "", (*call).deleteUser, false},
	{"gen-access-key", "ein", "", (*call).generateKey, false},
	{"revoke-access-key", "eink", "k", (*call).revokeKey, false},
	{"create-account", "ein", "n", (*call).createAccount, false},
	{"list-user-accounts", "eia", "", (*call).listAccounts, false},
	{"query-account-info", "ein", "n", (*call).queryAccount, false},
	{"delete-account", "ein", "n", (*call).deleteAccount, false},
	{"set-limits", "eibtL", "tL", (*call).setLimits, false},
	{"query-limits", "eib", "", (*call).queryLimits, false},
	{"rm-limits", "eib", "", (*call).removeLimits, false},
	{"set-quotas", "eiboq", "q", (*call).setQuota, false},
	{"query-quotas", "eibo", "", (*call).queryQuota, false},
	{"rm-quotas", "eibo", "", (*call).removeQuota, false},
}

// prepare finds the command and reads its flags.
func (c *call) prepare(args []string) (*command, error) {
	switch {
	case len(args) == 0:
		return nil, usageError("a command is needed; try help")
	case args[0] == "help", slices.ContainsFunc(args, isHelp):
		return &command{name: "help", run: (*call).help, local: true}, nil
	}
	for i := range commands {
		if cmd := &commands[i]; cmd.name == args[0] {
			return cmd, c.parse(cmd, args[1:])
		}
	}
	return nil, usageError(fmt.Sprintf("unknown command %q; try help", args[0]))
}

func isHelp(arg string) bool { return arg == "-h" || arg == "--help" }

// parse reads the flags of a command.
func (c *call) parse(cmd *command, args []string) error {
	fs := flag.NewFlagSet(cmd.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	fs.StringVar(&c.volume, "V", "", "")
	for _, letter := range cmd.flags {
		c.define(fs, letter)
	}
	if err := fs.Parse(args); err != nil {
		return usageError(cmd.name + ": " + err.Error())
	}
	if fs.NArg() > 0 {
		return usageError(fmt.Sprintf("%s: unexpected argument %q", cmd.name, fs.Arg(0)))
	}
	given := make(map[string]bool)
	fs.Visit(func(f *flag.Flag) { given[f.Name] = f.Value.String() != "" })
	for _, letter := range cmd.need {
		if !given[string(letter)] {
			return usageError(fmt.Sprintf("%s: -%c is needed", cmd.name, letter))
		}
	}
	if _, ok := given["V"]; ok && !isVolume(c.volume) {
		return usageError("-V takes a volume id, 16 hexadecimal digits")
	}
	return c.checkSubject(cmd, given)
}

// define adds one flag.
func (c *call) define(fs *flag.FlagSet, letter rune) {
	switch letter {
	case 'S':
		fs.BoolVar(&c.system, "S", false, "")
	case 'a':
		fs.BoolVar(&c.all, "a", false, "")
	case 'X':
		fs.BoolVar(&c.xml, "X", false, "")
	case 'L':
		fs.Var((*list)(&c.limits), "L", "")
	default:
		texts := map[rune]*string{
			'e': &c.email, 'i': &c.id, 'b': &c.bucket, 'o': &c.general,
			'n': &c.account, 'k': &c.key, 't': &c.kind, 'q': &c.size,
		}
		fs.StringVar(texts[letter], string(letter), "", "")
	}
}

// list is a flag that may be given again and again.
type list []string

func (l *list) String() string     { return strings.Join(*l, " ") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

// subjects are the flags that say whom or what a command is about.
const subjects = "eibo"

// checkSubject wants one subject where the command has any, and a value for all
// that is given.
func (c *call) checkSubject(cmd *command, given map[string]bool) error {
	count, choice := 0, ""
	for _, letter := range subjects {
		if !strings.ContainsRune(cmd.flags, letter) {
			continue
		}
		choice += " -" + string(letter)
		if _, ok := given[string(letter)]; ok {
			count++
		}
	}
	if choice != "" && count != 1 {
		return usageError(cmd.name + ": one of" + choice + " is needed")
	}
	for name, full := range given {
		if !full {
			return usageError(cmd.name + ": -" + name + " is empty")
		}
	}
	return nil
}

// isVolume tells whether s has the form of a volume id.
func isVolume(s string) bool {
	return len(s) == 16 && strings.Trim(strings.ToLower(s), "0123456789abcdef") == ""
}

func (c *call) user() admin.OstorUser { return admin.OstorUser{Email: c.email, ID: c.id} }

// printf adds to the output, which is shown if all goes well.
func (c *call) printf(format string, args ...any) { fmt.Fprintf(&c.out, format, args...) }

// help lists the commands.
func (c *call) help() error {
	c.printf("usage: ostor-s3-admin COMMAND [-V VOLUME_ID] FLAGS\n\n")
	for _, cmd := range commands {
		words := []string{}
		for _, letter := range cmd.flags {
			words = append(words, helps[letter])
		}
		c.printf("  %-20s%s\n", cmd.name, strings.Join(words, " "))
	}
	c.printf("\nOf -e, -i, -b and -o one is given.\n")
	return nil
}

var helps = map[rune]string{
	'e': "-e EMAIL", 'i': "-i USER_ID", 'b': "-b BUCKET", 'o': "-o user|bucket",
	'n': "-n ACCOUNT", 'k': "-k KEY_ID", 't': "-t ops|bandwidth", 'q': "-q GIGABYTES",
	'L': "-L RESOURCE=VALUE ...", 'S': "[-S]", 'a': "[-a]", 'X': "[-X]",
}

// messages say for people what went wrong.
var messages = []struct {
	err  error
	text string
}{
	{admin.ErrAccountExists, "the user has an account of that name"},
	{admin.ErrHasBuckets, "the user owns buckets"},
	{admin.ErrKeyLimit, "there are as many keys as there may be"},
	{admin.ErrNoSuchAccessKey, "there is no such access key"},
	{admin.ErrNoSuchAccount, "the user has no such account"},
	{admin.ErrNotImplemented, "the server keeps no limits or quotas"},
	{iam.ErrEmailExists, "the e-mail address is another user's"},
	{iam.ErrNoSuchUser, "there is no such user"},
	{iam.ErrTooManyKeys, "the user has as many accounts or keys as there may be"},
	{objstore.ErrNoSuchBucket, "there is no such bucket"},
}

// message is an error in one line.
func message(err error) string {
	for _, m := range messages {
		if errors.Is(err, m.err) {
			return m.text
		}
	}
	text := strings.Join(strings.Fields(err.Error()), " ")
	if _, detail, found := strings.Cut(text, string(admin.ErrInvalidArgument)+": "); found {
		return detail
	}
	return text
}
