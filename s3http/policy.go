package s3http

import (
	"net/http"
	"strconv"

	"github.com/cofferstore/coffer/auth/policy"
	"github.com/cofferstore/coffer/objstore"
)

// getPolicy serves GetBucketPolicy: the document as it was put.
func (c *call) getPolicy() error {
	data, err := c.policyDocument()
	if err != nil {
		return err
	}
	h := c.w.Header()
	h["Content-Type"] = []string{"application/json"}
	h["Content-Length"] = []string{strconv.Itoa(len(data))}
	c.started = true
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(data) // a client that is gone needs no answer
	return nil
}

func (c *call) policyDocument() ([]byte, error) {
	data, err := c.bucket.Document(c.ctx, documentPolicy)
	if objstore.CodeOf(err) == objstore.ErrNoSuchDocument {
		return nil, c.unset(codeNoSuchBucketPolicy)
	}
	return data, err
}

// getPolicyStatus serves GetBucketPolicyStatus: it judges what the policy says,
// whatever a public access block leaves of it.
func (c *call) getPolicyStatus() error {
	if c.access == nil || c.access.Policy == nil {
		return c.unset(codeNoSuchBucketPolicy)
	}
	x := c.h.newXML()
	defer x.free()
	x.root("PolicyStatus")
	x.flag("IsPublic", c.access.Policy.Public())
	x.close("PolicyStatus")
	return c.sendXML(x)
}

// putPolicy serves PutBucketPolicy.
func (c *call) putPolicy() error {
	data, err := c.readBody(maxDocument)
	if err != nil {
		return err
	}
	if len(data) == 0 {
		return codeMissingBody
	}
	o := policyOptions(c.bucketID)
	o.KnownKeys = true
	p, err := policy.Parse(data, o)
	if err != nil {
		return err
	}
	if c.access.blocked().BlockPublicPolicy && p.Public() {
		return refusal(codeAccessDenied, "The public access block of the bucket or of its account refuses public policies.")
	}
	if err := c.bucket.SetDocument(c.ctx, documentPolicy, data); err != nil {
		return err
	}
	return c.send(http.StatusNoContent)
}

// deletePolicy serves DeleteBucketPolicy.
func (c *call) deletePolicy() error { return c.removeDocument(documentPolicy) }

// removeDocument removes a bucket document, which may not be there.
func (c *call) removeDocument(kind string) error {
	if err := c.bucket.SetDocument(c.ctx, kind, nil); err != nil {
		return err
	}
	return c.send(http.StatusNoContent)
}

// malformedPolicy tells what Amazon's parser, or ours, has against a document.
func malformedPolicy(e *policy.Error) *fault { return refusal(codeMalformedPolicy, e.Reason) }
