package iam

import (
	"bytes"
	"context"
	"strings"

	"github.com/cofferstore/coffer/objstore/driver"
)

// AccountPage is a page of users with their access keys, secrets included.
type AccountPage struct {
	Accounts []Account // without Swift keys

	// Truncated says that there are more; the last user is then the After of
	// the next page.
	Truncated bool
}

// Accounts lists users with their access keys: of one page it reads the rows of
// users and of their keys in one pass each. Swift keys are not read.
func (d *Directory) Accounts(ctx context.Context, q UsersQuery) (AccountPage, error) {
	var page AccountPage
	scan, err := q.scan()
	if err == nil {
		err = d.index.View(ctx, func(r driver.Reader) error {
			users, err := scan.users(r)
			if err != nil {
				return err
			}
			page = AccountPage{Truncated: users.Truncated, Accounts: make([]Account, len(users.Users))}
			for i := range users.Users {
				page.Accounts[i].User = users.Users[i]
			}
			return d.fillKeys(r, page.Accounts)
		})
	}
	if err != nil {
		return AccountPage{}, wrap("Accounts", "", err)
	}
	return page, nil
}

// fillKeys reads the keys of users who are sorted as their rows are.
func (d *Directory) fillKeys(r driver.Reader, accounts []Account) error {
	if len(accounts) == 0 {
		return nil
	}
	first, last := ownedRows(accounts[0].UserID), ownedRows(accounts[len(accounts)-1].UserID)
	c := r.Scan(first, after(last), driver.ScanOptions{KeysOnly: true})
	defer c.Close()
	at, prefix := 0, first
	for c.Next() {
		for !bytes.HasPrefix(c.Key(), prefix) && at+1 < len(accounts) && bytes.Compare(prefix, c.Key()) < 0 {
			at++
			prefix = ownedRows(accounts[at].UserID)
		}
		name, owned := bytes.CutPrefix(c.Key(), prefix)
		if !owned {
			continue // of a user who is not on the page
		}
		k, err := d.accountKey(r, strings.Clone(string(name)))
		if err != nil {
			return err
		}
		accounts[at].Keys = append(accounts[at].Keys, k)
	}
	return c.Close()
}
