package iam_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore/memengine"
)

func TestKeySets(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	d := open(t, memengine.NewIndex(), &iam.Options{Now: func() time.Time { return now }})
	a := account(t, d)
	add := func(accessKey, set string) error {
		_, err := d.UpdateAccount(ctx, a.UserID, func(a *iam.Account) error {
			if set != "" && !a.HasKeySet(set) {
				a.KeySets = append(a.KeySets, set)
			}
			_, err := a.SetKey(iam.AccountKey{AccessKey: accessKey, Set: set})
			return err
		})
		return err
	}
	names := func(set string) (names []string) {
		got, err := d.Account(ctx, a.UserID)
		require.NoError(t, err)
		for _, k := range got.KeysOf(set) {
			names = append(names, k.AccessKey)
		}
		return names
	}
	for _, k := range []string{"ZZZ", "MMM", "BBB"} {
		require.NoError(t, add(k, "backup"))
	}
	require.NoError(t, add("AAA", ""))
	assert.Equal(t, []string{"ZZZ", "MMM", "BBB"}, names("backup"), "the oldest first, also where the clock stood still")
	assert.Equal(t, []string{"ALICE", "AAA"}, names(""), "keys of sets and of subusers are apart")
	now = now.Add(-time.Hour)
	require.NoError(t, add("KKK", "backup"))
	assert.Equal(t, []string{"ZZZ", "MMM", "BBB", "KKK"}, names("backup"), "and where it went back")

	k, err := d.Key(ctx, "ZZZ")
	require.NoError(t, err)
	assert.Equal(t, "acme$alice", k.Principal.ID, "a key of a set proves the user")
	assert.Empty(t, k.Principal.Subuser)

	_, err = d.UpdateAccount(ctx, a.UserID, func(a *iam.Account) error {
		_, err := a.SetKey(iam.AccountKey{AccessKey: "ZZZ", Secret: "new"})
		return err
	})
	require.NoError(t, err)
	assert.Contains(t, names("backup"), "ZZZ", "a key with a new secret stays where it was")

	for name, fn := range map[string]func(*iam.Account){
		"a key of a set that is not there": func(a *iam.Account) { a.Key("ZZZ").Set = "none" },
		"a subuser's key in a set":         func(a *iam.Account) { a.Key("READER").Set = "backup" },
		"two sets of one name":             func(a *iam.Account) { a.KeySets = append(a.KeySets, "backup") },
		"a set without a name":             func(a *iam.Account) { a.KeySets = append(a.KeySets, "") },
		"too long a name":                  func(a *iam.Account) { a.KeySets = append(a.KeySets, strings.Repeat("x", 65)) },
		"a slash in a name":                func(a *iam.Account) { a.KeySets = append(a.KeySets, "a/b") },
	} {
		_, err := d.UpdateAccount(ctx, a.UserID, func(a *iam.Account) error { fn(a); return nil })
		assert.ErrorIs(t, err, iam.ErrInvalidArgument, name)
	}
	_, err = d.UpdateAccount(ctx, a.UserID, func(a *iam.Account) error {
		for i := range iam.MaxKeySets {
			a.KeySets = append(a.KeySets, fmt.Sprint("s", i))
		}
		return nil
	})
	assert.ErrorIs(t, err, iam.ErrTooManyKeys, "a user has bounds")

	_, err = d.UpdateAccount(ctx, a.UserID, func(a *iam.Account) error {
		assert.False(t, a.RemoveKeySet("none"))
		assert.True(t, a.RemoveKeySet("backup"))
		assert.True(t, a.RemoveKey("AAA"))
		assert.False(t, a.RemoveKey("AAA"))
		return nil
	})
	require.NoError(t, err)
	_, err = d.Key(ctx, "ZZZ")
	assert.True(t, auth.Is(err, auth.ErrInvalidAccessKeyID), "the keys of a set go with it")
	assert.Equal(t, []string{"ALICE"}, names(""))
}

func TestSharedAddresses(t *testing.T) {
	ctx := t.Context()
	d := open(t, memengine.NewIndex(), nil)
	create := func(uid, email string, system bool) error {
		_, err := d.CreateUser(ctx, iam.User{UserID: iam.UserID{UID: uid}, Email: email, System: system})
		return err
	}
	find := func(email string) string {
		u, err := d.UserByEmail(ctx, email)
		if err != nil {
			assert.ErrorIs(t, err, iam.ErrNoSuchUser)
		}
		return u.UID
	}
	require.NoError(t, create("op", "a@example.com", true))
	assert.Equal(t, "op", find("a@example.com"), "alone, a user of the system is found")
	require.NoError(t, create("alice", "A@Example.com", false))
	assert.Equal(t, "alice", find("a@example.com"), "the user is found before the user of the system")
	assert.ErrorIs(t, create("op2", "A@example.com", true), iam.ErrEmailExists)
	assert.ErrorIs(t, create("bob", "a@example.COM", false), iam.ErrEmailExists)

	require.NoError(t, create("bob", "b@example.com", false))
	_, err := d.UpdateUser(ctx, iam.UserID{UID: "alice"}, func(u *iam.User) error { u.System = true; return nil })
	assert.ErrorIs(t, err, iam.ErrEmailExists, "who becomes one of the system needs an address that none of them has")
	_, err = d.UpdateUser(ctx, iam.UserID{UID: "bob"}, func(u *iam.User) error { u.System = true; return nil })
	require.NoError(t, err)
	require.NoError(t, create("carol", "b@example.com", false), "the address is free for others then")
	require.NoError(t, d.RemoveUser(ctx, iam.UserID{UID: "alice"}))
	assert.Equal(t, "op", find("a@example.com"))

	_, err = d.UpdateUser(ctx, iam.UserID{UID: "carol"}, func(u *iam.User) error { u.Email = "\u017f@example.com"; return nil })
	require.NoError(t, err)
	_, err = d.UpdateUser(ctx, iam.UserID{UID: "carol"}, func(u *iam.User) error { u.Email = "s@example.com"; return nil })
	require.NoError(t, err)
	assert.Equal(t, "carol", find("S@example.com"), "letters that some foldings take for one are two")
}

func TestAccountsAreListed(t *testing.T) {
	ctx := t.Context()
	d := open(t, memengine.NewIndex(), nil)
	var want []string
	for _, id := range []iam.UserID{{UID: "a"}, {UID: "a!"}, {UID: "b"}, {UID: "c"}, {Tenant: "t", UID: "a"}} {
		a := iam.Account{User: iam.User{UserID: id}}
		for i := range len(want) % 3 {
			_, err := a.SetKey(iam.AccountKey{AccessKey: fmt.Sprintf("K%d-%d", len(want), i), Secret: "secret"})
			require.NoError(t, err)
		}
		_, err := d.CreateAccount(ctx, a)
		require.NoError(t, err)
		want = append(want, fmt.Sprint(id, len(a.Keys)))
	}
	var got []string
	q := iam.UsersQuery{Limit: 2}
	for {
		page, err := d.Accounts(ctx, q)
		require.NoError(t, err)
		for _, a := range page.Accounts {
			got = append(got, fmt.Sprint(a.UserID, len(a.Keys)))
			for _, k := range a.Keys {
				assert.Equal(t, "secret", k.Secret)
			}
			q.After = a.UserID
		}
		if !page.Truncated {
			break
		}
	}
	assert.Equal(t, want, got)
}

func TestSuspendedInWhoseWords(t *testing.T) {
	d := open(t, memengine.NewIndex(), nil)
	for name, want := range map[string]auth.Reason{"rgw": "", "ostor": auth.ErrUserDisabled} {
		a := iam.Account{User: iam.User{UserID: iam.UserID{UID: name}, Suspended: true, Ostor: name == "ostor"}}
		_, err := a.SetKey(iam.AccountKey{AccessKey: name})
		require.NoError(t, err)
		_, err = d.CreateAccount(t.Context(), a)
		require.NoError(t, err)
		k, err := d.Key(t.Context(), name)
		require.NoError(t, err)
		assert.True(t, k.Suspended)
		assert.Equal(t, want, k.SuspendedAs)
	}
}

func TestAddresses(t *testing.T) {
	for email, ok := range map[string]bool{
		"a@b": true, "user+tag@example.com": true, "a,b<c>@d": true, "@@@": true,
		"a@": false, "@b": false, "ab": false, "a b@c": false, "a@b\n": false, "a\u00a0b@c": false,
		"x@" + strings.Repeat("y", 253): true, "x@" + strings.Repeat("y", 254): false,
	} {
		_, err := open(t, memengine.NewIndex(), nil).CreateUser(t.Context(), iam.User{UserID: iam.UserID{UID: "u"}, Email: email})
		assert.Equal(t, ok, err == nil, "%q", email)
	}
}
