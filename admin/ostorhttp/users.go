package ostorhttp

import (
	"strconv"
	"strings"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/auth/iam"
)

// ownerID is the member OwnerId of all users.
const ownerID = "0000000000000000"

// keyJSON is a key in an answer.
type keyJSON struct {
	ID     string `json:"AWSAccessKeyId"`
	Secret string `json:"AWSSecretAccessKey"`
}

func keysJSON(keys ...iam.AccountKey) []keyJSON {
	list := make([]keyJSON, 0, len(keys))
	for _, k := range keys {
		list = append(list, keyJSON{k.AccessKey, k.Secret})
	}
	return list
}

// newKeyJSON answers requests that make a user or a key.
type newKeyJSON struct {
	Email string    `json:"UserEmail"`
	ID    string    `json:"UserId"`
	Keys  []keyJSON `json:"AWSAccessKeys"`
}

// userJSON is a user in a list.
type userJSON struct {
	Email   string `json:"UserEmail"`
	ID      string `json:"UserId"`
	State   string `json:"State"`
	OwnerID string `json:"OwnerId"`
}

func describe(u *iam.User) userJSON {
	state := "enabled"
	if u.Suspended {
		state = "disabled"
	}
	return userJSON{Email: u.Email, ID: u.String(), State: state, OwnerID: ownerID}
}

type accountJSON struct {
	Name string    `json:"Name"`
	Keys []keyJSON `json:"AWSAccessKeys"`
}

// wholeUserJSON is a user with everything.
type wholeUserJSON struct {
	userJSON
	Flags    []string      `json:"Flags"`
	Keys     []keyJSON     `json:"AWSAccessKeys"`
	Count    string        `json:"AccountCount"`
	Accounts []accountJSON `json:"Accounts"`
}

// getUsers: GET ostor-users, all or one.
func (c *call) getUsers() (any, error) {
	s, err := c.params.selector(byEmail, byID, byBucket, byDefault)
	if err != nil {
		return nil, err
	}
	if s.by != byEmail && s.by != byID {
		return c.listUsers()
	}
	u, err := c.find(s.user())
	if err != nil {
		return nil, err
	}
	a, err := c.h.admin.User(c.ctx, exactly(&u))
	if err != nil {
		return nil, err
	}
	whole := wholeUserJSON{
		userJSON: describe(&a.User), Flags: admin.OstorFlags(&a.User), Keys: keysJSON(a.KeysOf("")...),
		Count: strconv.Itoa(len(a.KeySets)), Accounts: make([]accountJSON, 0, len(a.KeySets)),
	}
	for _, name := range a.KeySets {
		whole.Accounts = append(whole.Accounts, accountJSON{name, keysJSON(a.KeysOf(name)...)})
	}
	return whole, nil
}

// exactly names the user that was found and judged.
func exactly(u *iam.User) admin.OstorUser { return admin.OstorUser{ID: u.String()} }

// listUsers answers with an array, or, for newer clients that ask for the space,
// with an object.
func (c *call) listUsers() (any, error) {
	space, err := c.params.flag("space")
	if err != nil {
		return nil, err
	}
	users, err := c.h.admin.AllUsers(c.ctx)
	if err != nil {
		return nil, err
	}
	if space {
		return c.usersWithSpace(users)
	}
	list := make([]userJSON, 0, len(users))
	for i := range users {
		list = append(list, describe(&users[i]))
	}
	return list, nil
}

// createUser: PUT ostor-users
func (c *call) createUser() (any, error) {
	s, err := c.params.needSelector(byEmail, byID, byBucket, byDefault)
	if err != nil {
		return nil, err
	}
	for _, other := range []string{"disable", "enable", "accountName"} {
		if c.params.has(other) {
			return nil, badArgument(other + " is not for a new user")
		}
	}
	if s.by != byEmail {
		return nil, badArgument(byEmail + " is missing")
	}
	a, err := c.h.admin.CreateUser(c.ctx, s.value, false)
	if err != nil {
		return nil, err
	}
	return newKeyJSON{a.Email, a.String(), keysJSON(a.Keys...)}, nil
}

// changes are what a request may do to a user: one of these.
var changes = []string{"disable", "enable", "genKey", "revokeKey"}

// changed finds the user whom a request is to do something to, and nothing else.
func (c *call) changed(what string) (iam.User, error) {
	for _, other := range changes {
		if other != what && c.params.has(other) {
			return iam.User{}, badArgument("either " + what + " or " + other)
		}
	}
	ref, err := c.params.needUser()
	if err != nil {
		return iam.User{}, err
	}
	return c.find(ref)
}

// noChange: POST ostor-users without any of the changes.
func (c *call) noChange() (any, error) {
	return nil, badArgument("one of " + strings.Join(changes, ", ") + " is needed")
}

// disableUser: POST ostor-users&disable
func (c *call) disableUser() (any, error) { return c.setDisabled("disable", true) }

// enableUser: POST ostor-users&enable
func (c *call) enableUser() (any, error) { return c.setDisabled("enable", false) }

func (c *call) setDisabled(what string, disabled bool) (any, error) {
	if _, err := c.params.flag(what); err != nil {
		return nil, err
	}
	if c.params.has("accountName") {
		return nil, badArgument("an account is not disabled or enabled by itself")
	}
	u, err := c.changed(what)
	if err != nil {
		return nil, err
	}
	if disabled && u.String() == c.caller.ID {
		return nil, oneself()
	}
	return done{}, c.h.admin.SetDisabled(c.ctx, exactly(&u), disabled)
}

// keysOf reads whose keys a request is about: the user's own, or an account's.
func (c *call) keysOf(what string) (u iam.User, account string, err error) {
	account, named, err := c.params.lookup("accountName")
	if err != nil {
		return u, "", err
	}
	if named && account == "" {
		return u, "", badArgument("accountName is empty")
	}
	u, err = c.changed(what)
	return u, account, err
}

// generateKey: POST ostor-users&genKey, of an account with accountName
func (c *call) generateKey() (any, error) {
	if _, err := c.params.flag("genKey"); err != nil {
		return nil, err
	}
	u, account, err := c.keysOf("genKey")
	if err != nil {
		return nil, err
	}
	a, k, err := c.h.admin.GenerateKey(c.ctx, exactly(&u), account)
	return newKeyJSON{a.Email, a.String(), keysJSON(k)}, err
}

// revokeKey: POST ostor-users&revokeKey=, of an account with accountName
func (c *call) revokeKey() (any, error) {
	key, err := c.params.need("revokeKey")
	if err != nil {
		return nil, err
	}
	u, account, err := c.keysOf("revokeKey")
	if err != nil {
		return nil, err
	}
	return done{}, c.h.admin.RevokeKey(c.ctx, exactly(&u), account, key)
}

// oneself keeps the last operator from locking the door behind them.
func oneself() error {
	return refusal(codeAccessDenied, "A user cannot disable or delete itself.")
}

// deleteUser: DELETE ostor-users
func (c *call) deleteUser() (any, error) {
	ref, err := c.params.needUser()
	if err != nil {
		return nil, err
	}
	if c.params.has("accountName") {
		return nil, badArgument("accounts are deleted by ostor-accounts")
	}
	u, err := c.find(ref)
	if err != nil {
		return nil, err
	}
	if u.String() == c.caller.ID {
		return nil, oneself()
	}
	_, err = c.h.admin.DeleteUser(c.ctx, exactly(&u))
	return removed{}, err
}

// accountParams reads which account of whom a request is about.
func (c *call) accountParams() (u iam.User, name string, err error) {
	ref, err := c.params.needUser()
	if err != nil {
		return u, "", err
	}
	if name, err = c.params.need("accountName"); err != nil {
		return u, "", err
	}
	u, err = c.find(ref)
	return u, name, err
}

// createAccount: POST or PUT ostor-accounts
func (c *call) createAccount() (any, error) {
	u, name, err := c.accountParams()
	if err != nil {
		return nil, err
	}
	_, k, err := c.h.admin.CreateAccount(c.ctx, exactly(&u), name)
	return accountJSON{name, keysJSON(k)}, err
}

// deleteAccount: DELETE ostor-accounts
func (c *call) deleteAccount() (any, error) {
	u, name, err := c.accountParams()
	if err != nil {
		return nil, err
	}
	return removed{}, c.h.admin.DeleteAccount(c.ctx, exactly(&u), name)
}
