package ostorhttp_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cofferstore/coffer/admin/ostorhttp"
	"github.com/cofferstore/coffer/auth"
)

// fixed takes everybody for one caller.
type fixed auth.Identity

func (f fixed) Verify(*http.Request) (*auth.Identity, error) { id := auth.Identity(f); return &id, nil }

// FuzzRequest sends whatever an operator may send. Answers are JSON or an error
// that is known, and the operator stays.
func FuzzRequest(f *testing.F) {
	for _, seed := range [][3]string{
		{"GET", "ostor-users", ""}, {"PUT", "ostor-users&emailAddress=a@b", ""}, {"POST", "ostor-users&id=a14040e0b2ef8b28&genKey", ""},
		{"POST", "ostor-accounts&emailAddress=op%40example.com&accountName=x", ""}, {"GET", "ostor-buckets&multi", `["a","b"]`},
		{"PUT", "ostor-limits&id=a14040e0b2ef8b28&limit-type=ops&limit-resource=get&limit-value=1.5", ""},
		{"PUT", "ostor-limits&id=a14040e0b2ef8b28&ops&default=60&put=1", ""}, {"DELETE", "ostor-limits&id=a14040e0b2ef8b28&ops", ""},
		{"PUT", "ostor-quotas&default=user&quota-size=1", ""}, {"GET", "ostor-usage&after=a&limit=1", ""}, {"DELETE", "ostor-usage&obj=%zz", ""},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	l := newLab(f)
	l.h = ostorhttp.New(l.admin, &ostorhttp.Options{
		Verifier: fixed{Principal: auth.Principal{ID: "a14040e0b2ef8b28", System: true}}, Sizes: l.sizes, Statistics: l.log,
	})
	f.Fuzz(func(t *testing.T, method, query, body string) {
		r := httptest.NewRequest("GET", "http://s3.example.com/", strings.NewReader(body))
		r.Method, r.URL.RawQuery = method, query
		w := httptest.NewRecorder()
		l.h.ServeHTTP(w, r)
		switch code := w.Header().Get("X-Amz-Err-Code"); {
		case w.Code >= 500 || w.Code >= 400 && code == "":
			t.Fatalf("%d %s: %s", w.Code, code, w.Body)
		case w.Code == http.StatusOK && w.Body.Len() > 0 && !json.Valid(w.Body.Bytes()):
			t.Fatalf("no JSON: %s", w.Body)
		}
		if _, err := l.Users.Key(t.Context(), key.AccessKey); err != nil && !strings.Contains(query, "revokeKey") {
			t.Fatal(err)
		}
	})
}
