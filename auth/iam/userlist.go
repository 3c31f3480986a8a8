package iam

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/cofferstore/coffer/objstore/driver"
)

// UsersQuery selects a page of users, sorted by tenant and uid.
type UsersQuery struct {
	Tenant *string // nil = of all tenants
	After  UserID  // exclusive; the zero value is the beginning
	Limit  int     // 0 = 1000, which is also the most
}

// UserPage is an answer to a [UsersQuery].
type UserPage struct {
	Users []User

	// Truncated says that there are more; the last user is then the After of
	// the next page.
	Truncated bool
}

const maxUserPage = 1000

// Users lists users.
func (d *Directory) Users(ctx context.Context, q UsersQuery) (UserPage, error) {
	var page UserPage
	scan, err := q.scan()
	if err == nil {
		err = d.index.View(ctx, func(r driver.Reader) error {
			page, err = scan.users(r)
			return err
		})
	}
	if err != nil {
		return UserPage{}, wrap("Users", "", err)
	}
	return page, nil
}

// userScan is a range of rows of users.
type userScan struct {
	start, end []byte
	limit      int
}

func (q *UsersQuery) scan() (userScan, error) {
	limit := q.Limit
	if limit <= 0 || limit > maxUserPage {
		limit = maxUserPage
	}
	prefix := row(kindUser)
	if q.Tenant != nil {
		if err := (UserID{Tenant: *q.Tenant, UID: "any"}).check(); err != nil {
			return userScan{}, err
		}
		prefix = row(kindUser, *q.Tenant, "")
	}
	start := prefix
	if q.After != (UserID{}) {
		if from := append(userRow(q.After), 0); bytes.Compare(from, start) > 0 {
			start = from
		}
	}
	return userScan{start: start, end: after(prefix), limit: limit}, nil
}

func (s userScan) users(r driver.Reader) (UserPage, error) {
	var page UserPage
	c := r.Scan(s.start, s.end, driver.ScanOptions{})
	defer c.Close()
	for c.Next() {
		if len(page.Users) == s.limit {
			page.Truncated = true
			break
		}
		value, err := c.Value()
		if err != nil {
			return page, err
		}
		var u User
		if json.Unmarshal(value, &u) != nil {
			return page, ErrDamaged
		}
		page.Users = append(page.Users, u)
	}
	return page, c.Close()
}
