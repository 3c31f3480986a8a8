package ostoradmin

import (
	"fmt"
	"strings"

	"github.com/cofferstore/coffer/auth/iam"
)

// printAccount prints one account of a user.
func (c *call) printAccount(a *iam.Account) {
	c.printf("UserEmail:%s\nUserId:%s\nAccountName:%s\nFlags:none\n", a.Email, a.UserID, c.account)
	c.pairs(a.KeysOf(c.account))
}

// createAccount: create-account -n NAME
func (c *call) createAccount() error {
	a, _, err := c.admin.CreateAccount(c.ctx, c.user(), c.account)
	if err != nil {
		return err
	}
	c.printAccount(&a)
	return nil
}

// queryAccount: query-account-info -n NAME
func (c *call) queryAccount() error {
	a, err := c.admin.OstorAccount(c.ctx, c.user(), c.account)
	if err != nil {
		return err
	}
	c.printAccount(&a)
	return nil
}

// deleteAccount: delete-account -n NAME
func (c *call) deleteAccount() error { return c.admin.DeleteAccount(c.ctx, c.user(), c.account) }

// listAccounts: list-user-accounts [-a]
func (c *call) listAccounts() error {
	a, err := c.admin.User(c.ctx, c.user())
	if err != nil {
		return err
	}
	rows := [][5]string{{"NAME", "USER_ID", "EMAIL", "S3AccessKeyId", "S3SecretAccessKey"}}
	for _, name := range a.KeySets {
		row := [5]string{name, a.String(), a.Email}
		keys := a.KeysOf(name)
		if len(keys) == 0 {
			rows = append(rows, row)
		}
		for i := range keys {
			if i > 0 {
				row = [5]string{}
			}
			row[3], row[4] = keys[i].AccessKey, c.secret(&keys[i])
			rows = append(rows, row)
		}
	}
	var width [4]int
	for _, row := range rows {
		for i := range width {
			width[i] = max(width[i], len(row[i]))
		}
	}
	for _, r := range rows {
		line := fmt.Sprintf("%-*s  %-*s  %-*s  %-*s %s", width[0], r[0], width[1], r[1], width[2], r[2], width[3], r[3], r[4])
		c.printf("%s\n", strings.TrimRight(line, " "))
	}
	return nil
}
