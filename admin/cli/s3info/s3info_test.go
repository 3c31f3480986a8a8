package s3info_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin/cli"
	"github.com/cofferstore/coffer/admin/cli/s3info"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore/memengine"
)

const (
	access = "QPBEF6DD3AUY97V89DCH"
	secret = "Zcl6xbjQSloQRp2tEdkUdZjPtOdJvN4hWgUH0j6h"
)

// answer is what a call of the tool did.
type answer struct {
	exit           int
	stdout, stderr string
}

func call(t *testing.T, tool cli.Tool, user string, args ...string) answer {
	t.Helper()
	var stdout, stderr bytes.Buffer
	exit := tool(t.Context(), &cli.Invocation{Args: args, User: user, Stdout: &stdout, Stderr: &stderr})
	return answer{exit, stdout.String(), stderr.String()}
}

func none(user string) answer {
	return answer{1, "", "s3info: no S3 credentials for user " + user + "\n"}
}

// directory has a user juser, whose keys a test may add to.
func directory(t *testing.T, change func(*iam.Account)) *iam.Directory {
	t.Helper()
	d, err := iam.Open(memengine.NewIndex(), nil)
	require.NoError(t, err)
	a := iam.Account{
		User: iam.User{UserID: iam.UserID{UID: "j"}, Email: "juser@umn.edu"},
		Keys: []iam.AccountKey{{AccessKey: access, Secret: secret}},
	}
	if change != nil {
		change(&a)
	}
	_, err = d.CreateAccount(t.Context(), a)
	require.NoError(t, err)
	return d
}

func open(t *testing.T, users s3info.Users, o *s3info.Options) cli.Tool {
	t.Helper()
	tool, err := s3info.New(users, o)
	require.NoError(t, err)
	return tool
}

func TestOutput(t *testing.T) {
	const keys = "Access key: " + access + "\nSecret key: " + secret + "\n"
	const machine = access + " " + secret + "\n"
	tool := open(t, directory(t, nil), &s3info.Options{Domain: "umn.edu"})
	for _, tt := range []struct {
		explanation string
		args        []string
		want        answer
	}{
		{"what people want to know", nil, answer{0, keys + "Sharing address: juser@umn.edu\n", ""}},
		{"the keys without the address", []string{"keys"}, answer{0, keys, ""}},
		{"one line for read(1) of a shell", []string{"keys", "--machine-output"}, answer{0, machine, ""}},
		{"in either order", []string{"--machine-output", "keys"}, answer{0, machine, ""}},
		{"of what else, if not of keys", []string{"--machine-output"}, answer{0, machine, ""}},
	} {
		assert.Equal(t, tt.want, call(t, tool, "juser", tt.args...), tt.explanation)
	}
}

func TestUsage(t *testing.T) {
	tool := open(t, directory(t, nil), &s3info.Options{Domain: "umn.edu"})
	for _, args := range [][]string{{"--help"}, {"-h"}, {"keys", "--help"}} {
		got := call(t, tool, "juser", args...)
		assert.Equal(t, 0, got.exit)
		assert.Contains(t, got.stdout, "Usage: s3info")
		assert.NotContains(t, got.stdout, access)
	}
	for _, tt := range []struct {
		explanation string
		args        []string
	}{
		{"a user is no argument: nobody sees another's keys", []string{"alice"}},
		{"not behind the command either", []string{"keys", "alice"}},
		{"an unknown flag", []string{"--user=alice"}},
		{"a command twice", []string{"keys", "keys"}},
		{"an empty argument", []string{""}},
	} {
		got := call(t, tool, "juser", tt.args...)
		assert.Equal(t, 2, got.exit, tt.explanation)
		assert.Empty(t, got.stdout, tt.explanation)
		assert.Contains(t, got.stderr, "Usage: s3info", tt.explanation)
	}
}

func TestWhoHasCredentials(t *testing.T) {
	for _, tt := range []struct {
		explanation, user string
		change            func(*iam.Account)
		ok                bool
	}{
		{"the address is the user's", "juser", nil, true},
		{"nobody has that address", "alice", nil, false},
		{"the kernel did not tell who calls", "", nil, false},
		{"a name that no address can have", "j user", nil, false},
		{"Juser may be somebody else for the operating system, but not for e-mail", "Juser", nil, false},
		{"a disabled user", "juser", func(a *iam.Account) { a.Suspended = true }, false},
		{"no key", "juser", func(a *iam.Account) { a.Keys = nil }, false},
		{"no active key", "juser", func(a *iam.Account) { a.Keys[0].Inactive = true }, false},
		{"the keys of subusers are theirs", "juser", func(a *iam.Account) {
			a.Subusers = []iam.Subuser{{Name: "app"}}
			a.Keys[0].Subuser = "app"
		}, false},
		{"nor are those of an account of ostor, which is a key set, the user's own", "juser", func(a *iam.Account) {
			a.KeySets = []string{"app"}
			a.Keys[0].Set = "app"
		}, false},
	} {
		t.Run(tt.explanation, func(t *testing.T) {
			tool := open(t, directory(t, tt.change), &s3info.Options{Domain: "umn.edu"})
			got := call(t, tool, tt.user, "keys", "--machine-output")
			if tt.ok {
				assert.Equal(t, answer{0, access + " " + secret + "\n", ""}, got)
				return
			}
			assert.Equal(t, none(tt.user), got)
		})
	}
	assert.Equal(t, none("juser"), call(t, open(t, directory(t, nil), nil), "juser"), "nobody is mapped")
}

func TestOldestActiveKey(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	d, err := iam.Open(memengine.NewIndex(), &iam.Options{Now: func() time.Time { return now }})
	require.NoError(t, err)
	id := iam.UserID{UID: "j"}
	_, err = d.CreateUser(t.Context(), iam.User{UserID: id, Email: "juser@umn.edu"})
	require.NoError(t, err)
	for _, key := range []string{"Z-first", "Y-second", "X-third"} {
		_, err := d.CreateKey(t.Context(), id, iam.Credentials{AccessKey: key, Secret: "s"})
		require.NoError(t, err)
		now = now.Add(time.Second)
	}
	tool := open(t, d, &s3info.Options{Domain: "umn.edu"})
	assert.Equal(t, "Z-first s\n", call(t, tool, "juser", "--machine-output").stdout, "the oldest, not the first by name")
	require.NoError(t, d.SetKeyActive(t.Context(), "Z-first", false))
	assert.Equal(t, "Y-second s\n", call(t, tool, "juser", "--machine-output").stdout)
}

func TestMappingFile(t *testing.T) {
	d := directory(t, nil)
	_, err := d.CreateAccount(t.Context(), iam.Account{
		User: iam.User{UserID: iam.UserID{Tenant: "lab", UID: "bob"}}, Keys: []iam.AccountKey{{AccessKey: "BOB", Secret: "b"}}})
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "map")
	write := func(text string) { require.NoError(t, os.WriteFile(path, []byte(text), 0o600)) }
	write("# operating system, S3\nbob lab$bob\nAlice\tj\n")
	tool := open(t, d, &s3info.Options{Domain: "umn.edu", MappingFile: path})

	assert.Equal(t, answer{0, "Access key: BOB\nSecret key: b\n", ""}, call(t, tool, "bob"), "a user without an address has none to share")
	assert.Equal(t, access+" "+secret+"\n", call(t, tool, "Alice", "--machine-output").stdout, "the file may name users in capitals")
	assert.Equal(t, access+" "+secret+"\n", call(t, tool, "juser", "--machine-output").stdout, "others go by the domain")
	assert.Equal(t, none("alice"), call(t, tool, "alice"))

	write("juser lab$bob\nalice nobody\n")
	assert.Equal(t, "BOB b\n", call(t, tool, "juser", "--machine-output").stdout, "the changed file goes before the domain")
	assert.Equal(t, none("bob"), call(t, tool, "bob"), "who was taken out of it")
	assert.Equal(t, none("alice"), call(t, tool, "alice"), "the file names a user who does not exist")

	write("juser\n")
	got := call(t, tool, "juser")
	assert.Equal(t, 1, got.exit)
	assert.Empty(t, got.stdout)
	assert.NotContains(t, got.stderr, path, "whoever calls need not know how the server is set up")
	assert.Equal(t, got, call(t, tool, "juser"), "an error stays one")
	write("juser lab$bob\n")
	assert.Equal(t, 0, call(t, tool, "juser").exit, "mended")
	require.NoError(t, os.Remove(path))
	assert.Equal(t, 1, call(t, tool, "juser").exit, "without its file nobody knows who juser is")
}

func TestNewRefuses(t *testing.T) {
	d := directory(t, nil)
	bad := filepath.Join(t.TempDir(), "map")
	require.NoError(t, os.WriteFile(bad, []byte("one two three"), 0o600))
	for _, o := range []s3info.Options{{Domain: "@umn.edu"}, {Domain: "umn edu"}, {MappingFile: bad}, {MappingFile: bad + "none"}} {
		_, err := s3info.New(d, &o)
		assert.Error(t, err, "%+v", o)
	}
}

// brokenUsers cannot be read.
type brokenUsers struct{ *iam.Directory }

func (brokenUsers) Account(context.Context, iam.UserID) (iam.Account, error) {
	return iam.Account{}, errors.New("disk on fire")
}

func TestBrokenDirectory(t *testing.T) {
	tool := open(t, brokenUsers{directory(t, nil)}, &s3info.Options{Domain: "umn.edu"})
	got := call(t, tool, "juser")
	assert.Equal(t, 1, got.exit)
	assert.Empty(t, got.stdout)
	assert.NotEqual(t, none("juser").stderr, got.stderr, "there may be credentials")
	assert.NotContains(t, got.stderr, "fire")
}

func TestParseMapping(t *testing.T) {
	got, err := s3info.ParseMapping(strings.NewReader("\n  # nothing\nalice a\r\n\tbob  t$b \n"))
	require.NoError(t, err)
	assert.Equal(t, s3info.Mapping{"alice": {UID: "a"}, "bob": {Tenant: "t", UID: "b"}}, got)
	for _, tt := range []struct{ explanation, text string }{
		{"one name", "alice"},
		{"three names", "alice a b"},
		{"a user twice is ambiguous", "alice a\nalice b"},
		{"a tenant is no user", "alice t$"},
		{"a line without end", strings.Repeat("x", 2000)},
		{"a file without end", strings.Repeat("#\n", s3info.MaxMappingSize)},
	} {
		_, err := s3info.ParseMapping(strings.NewReader(tt.text))
		assert.Error(t, err, tt.explanation)
	}
	_, err = s3info.ParseMapping(strings.NewReader(strings.Repeat("#\n", s3info.MaxMappingSize/2)))
	assert.NoError(t, err, "the largest file that is allowed")
}

func FuzzParseMapping(f *testing.F) {
	f.Add("alice a\n# comment\nbob t$b\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := s3info.ParseMapping(strings.NewReader(text))
		if err != nil {
			return
		}
		var again strings.Builder
		for name, id := range m {
			again.WriteString(name + " " + id.String() + "\n")
		}
		back, err := s3info.ParseMapping(strings.NewReader(again.String()))
		assert.NoError(t, err)
		assert.Equal(t, m, back)
	})
}
