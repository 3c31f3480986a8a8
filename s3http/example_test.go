package s3http_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/s3http"
)

// trusting takes everybody for one user; a server verifies signatures instead,
// with package auth/awssig.
type trusting struct{}

func (trusting) Verify(*http.Request) (*auth.Identity, error) {
	return &auth.Identity{Principal: auth.Principal{ID: "me"}}, nil
}

func Example() {
	st, err := objstore.Open(memengine.New(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer st.Close()
	srv := httptest.NewServer(s3http.New(st, &s3http.Options{Verifier: trusting{}}))
	defer srv.Close()

	for _, request := range []string{"PUT /photos", "PUT /photos/cat.jpg", "GET /photos/dog.jpg"} {
		method, path, _ := strings.Cut(request, " ")
		r, err := http.NewRequest(method, srv.URL+path, http.NoBody)
		if err != nil {
			fmt.Println(err)
			return
		}
		res, err := srv.Client().Do(r)
		if err != nil {
			fmt.Println(err)
			return
		}
		res.Body.Close()
		fmt.Println(request, res.StatusCode)
	}
	// Output:
	// PUT /photos 200
	// PUT /photos/cat.jpg 200
	// GET /photos/dog.jpg 404
}
