package s3http

import (
	"errors"
	"io"
	"net/http"

	"github.com/cofferstore/coffer/objstore"
)

// documentPayment is the kind of the bucket document that says who pays: the
// payer's name alone.
const documentPayment = "requestPayment"

const (
	payerOwner     = "BucketOwner"
	payerRequester = "Requester"
)

const (
	hdrRequestPayer   = "X-Amz-Request-Payer"
	hdrRequestCharged = "X-Amz-Request-Charged"
)

// paymentDocument is the body of PutBucketRequestPayment.
type paymentDocument struct {
	Payer   string  `xml:"Payer"`
	Unknown unknown `xml:",any"`
}

// getRequestPayment serves GetBucketRequestPayment.
func (c *call) getRequestPayment() error {
	payer := payerOwner
	if c.config.requesterPays {
		payer = payerRequester
	}
	x := c.h.newXML()
	defer x.free()
	x.root("RequestPaymentConfiguration")
	x.text("Payer", payer)
	x.close("RequestPaymentConfiguration")
	return c.sendXML(x)
}

// putRequestPayment serves PutBucketRequestPayment.
func (c *call) putRequestPayment() error {
	var doc paymentDocument
	err := c.decodeDocument("RequestPaymentConfiguration", maxDocument, &doc)
	switch {
	case errors.Is(err, io.EOF):
		return codeMalformedXML
	case err != nil:
		return err
	case len(doc.Unknown) > 0, doc.Payer != payerOwner && doc.Payer != payerRequester:
		return codeMalformedXML
	case doc.Payer == payerOwner:
		return c.putDocument(documentPayment, nil, http.StatusOK)
	}
	return c.putDocument(documentPayment, []byte(doc.Payer), http.StatusOK)
}

// charge lets others than its owner use a bucket whose requesters pay only when
// they say that they will, and tells them that they did (S3: "Using Requester
// Pays buckets"). Nobody cannot pay. It returns whether the caller pays.
func (c *call) charge(cfg *bucketConfig, info *objstore.BucketInfo) (pays bool, err error) {
	if !cfg.requesterPays || c.identity.ID == info.Owner || c.identity.Admin {
		return false, nil
	}
	if c.identity.Anonymous() || header(c.r.Header, hdrRequestPayer) != "requester" {
		return false, codeAccessDenied
	}
	c.set(hdrRequestCharged, "requester")
	return true, nil
}

// chargeRequest is charge for the bucket of the request, to which usage counts.
func (c *call) chargeRequest() error {
	pays, err := c.charge(c.config, &c.info)
	if pays && c.entry != nil {
		c.entry.Payer = c.identity.ID
	}
	return err
}

// chargeSource is charge for the bucket of a copy's source.
func (c *call) chargeSource(b *objstore.Bucket) error {
	info := b.Info()
	cfg, err := c.h.configOf(c.ctx, b, &info)
	if err != nil {
		return err
	}
	_, err = c.charge(cfg, &info)
	return err
}
