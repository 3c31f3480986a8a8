// Command embed is a program that has an object store inside: it writes by the
// Go API, and serves the same objects by the S3 API beside pages of its own.
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/badgerindex"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/fileblobs"
	"github.com/cofferstore/coffer/s3http"
)

// keys is the program's own directory of users, here a single one.
type keys struct{ access, secret string }

func (k keys) Key(_ context.Context, access string) (auth.Key, error) {
	if access != k.access {
		return auth.Key{}, &auth.Error{Reason: auth.ErrInvalidAccessKeyID}
	}
	return auth.Key{AccessKey: k.access, Secret: k.secret, Principal: auth.Principal{ID: "alice"}}, nil
}

// open opens the store in a directory, with a first object in it.
func open(ctx context.Context, dir string) (*objstore.Store, error) {
	blobs, err := fileblobs.Open(dir+"/blobs", nil)
	if err != nil {
		return nil, err
	}
	ix, err := badgerindex.Open(dir+"/index", nil)
	if err != nil {
		return nil, err
	}
	st, err := objstore.Open(driver.Engine{Index: ix, Blobs: blobs, Exclusive: true}, nil)
	if err != nil {
		return nil, err
	}
	id := objstore.BucketID{Name: "notes"}
	_, err = st.CreateBucket(ctx, id, &objstore.CreateBucketOptions{Owner: "alice"})
	if err != nil && !errors.Is(err, objstore.ErrBucketExists) {
		return nil, err
	}
	b, err := st.Bucket(ctx, id)
	if err == nil {
		_, err = b.Put(ctx, "hello.txt", strings.NewReader("hello from inside\n"), nil)
	}
	return st, err
}

// handler serves a page under one host name and the S3 API under all others.
func handler(st *objstore.Store, users auth.KeySource) http.Handler {
	s3 := s3http.New(st, &s3http.Options{Verifier: awssig.V4(users, nil)})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host == "pages.example.com" {
			w.Write([]byte("a page\n"))
			return
		}
		s3.ServeHTTP(w, r) // not through a ServeMux, which would clean the paths of keys
	})
}

func main() {
	users := keys{os.Getenv("ACCESS_KEY"), os.Getenv("SECRET_KEY")}
	if users.access == "" || users.secret == "" {
		log.Fatal("set ACCESS_KEY and SECRET_KEY")
	}
	st, err := open(context.Background(), "embed-data")
	if err == nil {
		err = http.ListenAndServe("127.0.0.1:9000", handler(st, users))
	}
	log.Fatal(err)
}
