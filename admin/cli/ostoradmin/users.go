package ostoradmin

import (
	"encoding/xml"
	"strings"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/auth/iam"
)

// hidden stands for a secret that was not asked for.
const hidden = "***"

// ownerID is the owner of all keys.
const ownerID = "0000000000000000"

// secret is that of a key, or what stands for it.
func (c *call) secret(k *iam.AccountKey) string {
	if c.all {
		return k.Secret
	}
	return hidden
}

// flagsOf are the marks of a user in one word.
func flagsOf(u *iam.User) string {
	if flags := admin.OstorFlags(u); len(flags) > 0 {
		return strings.Join(flags, ",")
	}
	return "none"
}

// createUser: create-user -e EMAIL [-S]
func (c *call) createUser() error {
	a, err := c.admin.CreateUser(c.ctx, c.email, c.system)
	if err != nil {
		return err
	}
	c.printf("UserEmail:%s\nUserId:%s\n", a.Email, a.UserID)
	c.pairs(a.KeysOf(""))
	c.printf("Flags:%s\n", flagsOf(&a.User))
	return nil
}

// pairs prints keys in the form of a user or account.
func (c *call) pairs(keys []iam.AccountKey) {
	for i, k := range keys {
		c.printf("KeyPair[%d]:S3AccessKeyId:%s\nKeyPair[%d]:S3SecretAccessKey:%s\n", i, k.AccessKey, i, k.Secret)
	}
}

// queryUsers: query-users [-a] [-X]
func (c *call) queryUsers() error {
	all, err := c.admin.AllAccounts(c.ctx)
	if err != nil {
		return err
	}
	if c.xml {
		return c.usersXML(all)
	}
	const columns = "%16s  %20s  %23s"
	c.printf(columns+"  %s\n", "S3 USER ID", "S3 ACCESS KEY ID", "S3 SECRET ACCESS KEY", "S3 USER EMAIL")
	for _, a := range all {
		keys := a.KeysOf("")
		if len(keys) == 0 {
			c.printf(columns+"  %s\n", a.UserID, "-", "-", a.Email)
		}
		for i := range keys {
			if i == 0 {
				c.printf(columns+"  %s\n", a.UserID, keys[i].AccessKey, c.secret(&keys[i]), a.Email)
			} else {
				c.printf(columns+"\n", "", keys[i].AccessKey, c.secret(&keys[i]))
			}
		}
	}
	return nil
}

type pairXML struct {
	ID     string `xml:"S3AccessKeyId"`
	Secret string `xml:"S3SecretAccessKey"`
}

type userXML struct {
	ID    string    `xml:"Id"`
	Email string    `xml:"Email"`
	Owner string    `xml:"Keys>OwnerId"`
	Pairs []pairXML `xml:"Keys>KeyPair"`
}

type usersXML struct {
	XMLName xml.Name `xml:"QueryUsersResult"`
	Users   struct {
		Users []userXML `xml:"User"`
	} `xml:"Users"`
}

// usersXML prints all users in one line.
func (c *call) usersXML(all []iam.Account) error {
	var doc usersXML
	for _, a := range all {
		u := userXML{ID: a.String(), Email: a.Email, Owner: ownerID}
		for _, k := range a.KeysOf("") {
			u.Pairs = append(u.Pairs, pairXML{k.AccessKey, c.secret(&k)})
		}
		doc.Users.Users = append(doc.Users.Users, u)
	}
	text, err := xml.Marshal(doc)
	c.printf("%s%s\n", strings.TrimSpace(xml.Header), text)
	return err
}

// queryUser: query-user-info
func (c *call) queryUser() error {
	a, err := c.admin.User(c.ctx, c.user())
	if err != nil {
		return err
	}
	c.printf("Query user: user id=%s, user email=%s\n", a.UserID, a.Email)
	for i, k := range a.KeysOf("") {
		c.printf("Key pair[%d]: access key id=%s,\nsecret access key=%s\n", i, k.AccessKey, k.Secret)
	}
	return nil
}

// disableUser: disable-user
func (c *call) disableUser() error { return c.admin.SetDisabled(c.ctx, c.user(), true) }

// enableUser: enable-user
func (c *call) enableUser() error { return c.admin.SetDisabled(c.ctx, c.user(), false) }

// deleteUser: delete-user
func (c *call) deleteUser() error {
	u, err := c.admin.DeleteUser(c.ctx, c.user())
	c.printf("Deleted user: user id=%s\n", u.UserID)
	return err
}

// generateKey: gen-access-key [-n ACCOUNT]
func (c *call) generateKey() error {
	a, k, err := c.admin.GenerateKey(c.ctx, c.user(), c.account)
	switch {
	case err != nil:
		return err
	case c.account == "":
		c.printf("Generate access key: user id=%s, access key id=%s,\nsecret access key=%s\n", a.UserID, k.AccessKey, k.Secret)
	default:
		c.printf("S3AccessKeyId:%s\nS3SecretAccessKey:%s\n", k.AccessKey, k.Secret)
	}
	return nil
}

// revokeKey: revoke-access-key -k KEYID [-n ACCOUNT]. The guide revokes keys of
// accounts without naming the account.
func (c *call) revokeKey() error {
	if c.account != "" {
		return c.admin.RevokeKey(c.ctx, c.user(), c.account, c.key)
	}
	u, account, err := c.admin.RevokeAnyKey(c.ctx, c.user(), c.key)
	if err == nil && account == "" {
		c.printf("Revoke access key: user id=%s, access key id=%s\n", u.UserID, c.key)
	}
	return err
}
