package s3http_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cofferstore/coffer/auth/awssig"
)

const requesterPays = `<RequestPaymentConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Payer>Requester</Payer></RequestPaymentConfiguration>`

func TestRequestPayment(t *testing.T) {
	f := newFixture(t, func(o *optionsT) { o.Authorizer = everything })
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/free", "")
	f.ok("PUT", "/bkt/o", "x")
	const bob, nobody, pays = "X-Test-User: bob", "X-Test-User: -", "X-Amz-Request-Payer: requester"
	f.run(
		step{why: "at first the owner pays", request: "GET /bkt/o", headers: []string{bob}, status: 200, answer: []string{"X-Amz-Request-Charged:"}},
		step{why: "a payer that is none", request: "PUT /bkt?requestPayment", body: "<RequestPaymentConfiguration><Payer>Mum</Payer></RequestPaymentConfiguration>", status: 400, code: "MalformedXML"},
		step{why: "no document", request: "PUT /bkt?requestPayment", status: 400, code: "MalformedXML"},
		step{why: "set", request: "PUT /bkt?requestPayment", body: requesterPays, status: 200},
		step{why: "comes back", request: "GET /bkt?requestPayment", status: 200, has: []string{"<Payer>Requester</Payer>"}},
		step{why: "the owner is not charged", request: "GET /bkt/o", status: 200, answer: []string{"X-Amz-Request-Charged:"}},
		step{why: "others must say that they pay", request: "GET /bkt/o", headers: []string{bob}, status: 403, code: "AccessDenied"},
		step{why: "in the one word that counts", request: "GET /bkt/o", headers: []string{bob, "X-Amz-Request-Payer: owner"}, status: 403, code: "AccessDenied"},
		step{why: "and are told", request: "GET /bkt/o", headers: []string{bob, pays}, status: 200, exact: str("x"), answer: []string{"X-Amz-Request-Charged: requester"}},
		step{why: "also for a listing", request: "GET /bkt?list-type=2", headers: []string{bob, pays}, status: 200, answer: []string{"X-Amz-Request-Charged: requester"}},
		step{why: "also for writing", request: "PUT /bkt/p", headers: []string{bob}, status: 403, code: "AccessDenied"},
		step{why: "a presigned URL may say it", request: "GET /bkt/o?x-amz-request-payer=requester", headers: []string{bob, "X-Test-Query: 1"}, status: 200},
		step{why: "nobody cannot pay", request: "GET /bkt/o", headers: []string{nobody, pays}, status: 403, code: "AccessDenied"},
		step{why: "the source of a copy costs too", request: "PUT /free/c", headers: []string{bob, "X-Amz-Copy-Source: /bkt/o"}, status: 403, code: "AccessDenied"},
		step{why: "who pays may copy", request: "PUT /free/c", headers: []string{bob, pays, "X-Amz-Copy-Source: /bkt/o"}, status: 200, answer: []string{"X-Amz-Request-Charged: requester"}},
		step{why: "back", request: "PUT /bkt?requestPayment", body: `<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>`, status: 200},
		step{why: "to what it was", request: "GET /bkt/o", headers: []string{bob}, status: 200},
		step{why: "and says so", request: "GET /bkt?requestPayment", status: 200, has: []string{"<Payer>BucketOwner</Payer>"}},
	)
}

func TestPostPays(t *testing.T) {
	f := newFixture(t, func(o *optionsT) { o.Forms, o.Authorizer = awssig.Form(formKeys{}, nil), everything })
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt?requestPayment", requesterPays)
	key, pays := part{name: "key", value: "u/a"}, part{name: "x-amz-request-payer", value: "requester"}
	w := f.post("/bkt", multipartBody(signed("ALICE", bucketAndKey, key, theFile)))
	assert.Equal(t, http.StatusNoContent, w.Code, "the owner: %s", w.Body)
	const other = `{"bucket": ":bkt"}, {"key": "u/a"}`
	w = f.post("/:bkt", multipartBody(signed("CAROL", other, key, theFile)))
	assert.Equal(t, http.StatusForbidden, w.Code, "another who does not pay: %s", w.Body)
	w = f.post("/:bkt", multipartBody(signed("CAROL", other+`,{"x-amz-request-payer": "requester"}`, key, pays, theFile)))
	assert.Equal(t, http.StatusNoContent, w.Code, "another who pays: %s", w.Body)
	assert.Equal(t, "requester", w.Header().Get("X-Amz-Request-Charged"))
	w = f.post("/:bkt", multipartBody(signed("CAROL", bucketAndKey+`,{"x-amz-request-payer": "requester"}`, key, pays, theFile)))
	assert.Contains(t, w.Body.String(), "Policy Condition failed", "a policy for the signer's own bucket is not one for another tenant's of that name")
}
