package frontend_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/cofferstore/coffer/admin/internal/frontend"
	"github.com/cofferstore/coffer/auth"
)

// greeter is a front end of one operation.
type greeter struct{ api frontend.API }

func (g *greeter) Serves(r *http.Request) bool { return r.URL.Path == "/greet" && g.api.MayServe(r) }

func (g *greeter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := g.api.Begin(w, r)
	c.Operation("Greet")
	id, err := c.Identify()
	if err != nil {
		c.Refused(http.StatusForbidden, "AccessDenied", err)
		c.Send(http.StatusForbidden, "text/plain", []byte("AccessDenied"))
		return
	}
	c.Send(http.StatusOK, "text/plain", []byte("hello, "+id.ID))
}

// byName believes what is said.
type byName struct{}

func (byName) Verify(r *http.Request) (*auth.Identity, error) {
	return &auth.Identity{Principal: auth.Principal{ID: r.Header.Get("Name")}}, nil
}

func Example() {
	api := &greeter{frontend.API{Protocol: "greet", RequestIDHeader: "X-Request-Id", Verifier: byName{}}}
	h := frontend.Beside(api, http.NotFoundHandler())
	for _, request := range []string{"/greet alice", "/greet ", "/photos alice"} {
		path, name, _ := strings.Cut(request, " ")
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Name", name)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		fmt.Println(w.Code, strings.TrimSpace(w.Body.String()))
	}
	// Output:
	// 200 hello, alice
	// 403 AccessDenied
	// 404 404 page not found
}
