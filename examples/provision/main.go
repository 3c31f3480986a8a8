// Command provision makes the users of a tenant, with keys and quotas, in a data
// directory of `coffer serve` while that is stopped: provision DATA TENANT USER...
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/badgerindex"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/fileblobs"
	"github.com/cofferstore/coffer/quota"
)

// provision makes a user and tells of it.
func provision(ctx context.Context, s *admin.Service, out io.Writer, id iam.UserID) error {
	a := iam.Account{User: iam.User{UserID: id, DisplayName: id.UID, MaxBuckets: 10}}
	key, err := a.SetKey(iam.AccountKey{}) // made up
	if err != nil {
		return err
	}
	if a, err = s.CreateUser(ctx, a); err != nil {
		return err
	}
	err = s.UpdateUserQuotas(ctx, id, func(q *quota.UserSpecs) error {
		q.User = quota.Spec{Enabled: true, MaxBytes: 100 << 30, MaxObjects: quota.Unlimited}
		q.Bucket = quota.Spec{Enabled: true, MaxBytes: quota.Unlimited, MaxObjects: 1_000_000}
		return nil
	})
	if err != nil {
		return err
	}
	q, err := s.UserQuotas(ctx, id)
	if err == nil {
		_, err = fmt.Fprintf(out, "%s: access key %s, secret key %s, %d buckets, %d GiB, %d objects in each bucket\n",
			id, key.AccessKey, key.Secret, a.MaxBuckets, q.User.MaxBytes>>30, q.Bucket.MaxObjects)
	}
	return err
}

// open opens a data directory. Closing the store closes everything.
func open(dir string) (*admin.Service, *objstore.Store, error) {
	key, err := iam.LoadMasterKey(filepath.Join(dir, "master.key"))
	if err != nil {
		return nil, nil, err // not such a directory: leave it alone
	}
	blobs, err := fileblobs.Open(filepath.Join(dir, "blobs"), nil)
	ix, err2 := badgerindex.Open(filepath.Join(dir, "index"), nil)
	if err := errors.Join(err, err2); err != nil {
		return nil, nil, err
	}
	users, err := iam.Open(ix, &iam.Options{Sealer: key})
	quotas, err2 := quota.Open(ix, nil)
	store, err3 := objstore.Open(driver.Engine{Index: ix, Blobs: blobs, Exclusive: true}, nil)
	return admin.New(users, store, &admin.Options{Quotas: quotas}), store, errors.Join(err, err2, err3)
}

func main() {
	if len(os.Args) < 4 {
		log.Fatal("usage: provision DATA TENANT USER...")
	}
	s, store, err := open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range os.Args[3:] {
		err = errors.Join(err, provision(context.Background(), s, os.Stdout, iam.UserID{Tenant: os.Args[2], UID: name}))
	}
	if err := errors.Join(err, store.Close()); err != nil {
		log.Fatal(err)
	}
}
