package s3http

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"slices"

	"github.com/cofferstore/coffer/internal/httpx"
	"github.com/cofferstore/coffer/objstore"
)

// deleteObject serves DeleteObject.
func (c *call) deleteObject() error {
	cond, err := c.writeConditions()
	if err != nil {
		return err
	}
	if len(cond.IfNoneMatch) > 0 {
		return notImplemented("If-None-Match")
	}
	mfa, err := c.mfaToDelete(c.version != "")
	if err != nil {
		return err
	}
	res, err := c.bucket.Delete(c.ctx, objstore.DeleteRequest{
		Key: c.key, Version: c.version, If: cond, Owner: c.writer(),
		BypassGovernance: c.bypasses(c.resource()), MFA: mfa,
	})
	if err != nil {
		return c.absent(err)
	}
	if res.DeleteMarker {
		c.set(hdrDeleteMarker, "true")
	}
	c.setVersion(cmp.Or(res.Version, c.version)) // of a version that is gone too
	return c.send(http.StatusNoContent)
}

// maxDeleteKeys bounds the keys of one DeleteObjects.
const maxDeleteKeys = 1000

// deleteDocument is the body of DeleteObjects.
type deleteDocument struct {
	Quiet   once[bool]     `xml:"Quiet"`
	Objects []deleteObject `xml:"Object"`
	Unknown unknown        `xml:",any"`
}

type deleteObject struct {
	Key       once[string] `xml:"Key"`
	VersionID once[string] `xml:"VersionId"`
	ETag      once[string] `xml:"ETag"`

	// These are for directory buckets.
	LastModifiedTime string `xml:"LastModifiedTime"`
	Size             string `xml:"Size"`

	Unknown unknown `xml:",any"`
}

func (d *deleteDocument) check() error {
	if len(d.Objects) == 0 || len(d.Objects) > maxDeleteKeys || len(d.Unknown) > 0 {
		return codeMalformedXML
	}
	for i := range d.Objects {
		switch o := &d.Objects[i]; {
		case o.Key.get() == "" || len(o.Unknown) > 0:
			return codeMalformedXML
		case o.LastModifiedTime != "" || o.Size != "":
			return refusal(codeNotImplemented, "Deletion by LastModifiedTime or Size is not implemented.")
		}
	}
	return nil
}

// namesVersions tells whether any key is to be deleted by version.
func (d *deleteDocument) namesVersions() bool {
	return slices.ContainsFunc(d.Objects, func(o deleteObject) bool { return o.VersionID.get() != "" })
}

// deleteObjects serves DeleteObjects. Each key is authorized alone.
func (c *call) deleteObjects() error {
	if c.identity.Anonymous() && !c.access.shares() && c.authorize(c.route.Action, c.resource()) != nil {
		// Nobody in particular need not make the server read a list of keys.
		return codeAccessDenied
	}
	check, err := c.newBodyCheck()
	if err != nil {
		return err
	}
	if !check.any() {
		return refusal(codeInvalidRequest, "Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
	}
	var doc deleteDocument
	err = c.decodeDocument("Delete", maxKeyList, &doc)
	if errors.Is(err, io.EOF) {
		return codeMalformedXML
	}
	if err != nil {
		return err
	}
	if err := doc.check(); err != nil {
		return err
	}
	mfa, err := c.mfaToDelete(doc.namesVersions())
	if err != nil {
		return err
	}
	outcomes, err := c.deleteEach(doc.Objects, mfa)
	if err != nil {
		return err
	}
	x := c.h.newXML()
	defer x.free()
	x.root("DeleteResult")
	for i := range doc.Objects {
		c.outcomeXML(x, &doc.Objects[i], &outcomes[i], doc.Quiet.get())
	}
	x.close("DeleteResult")
	return c.sendXML(x)
}

// deleteEach deletes what the caller may delete; the outcome of the rest is
// the refusal.
func (c *call) deleteEach(objects []deleteObject, mfa bool) ([]objstore.DeleteResult, error) {
	outcomes := make([]objstore.DeleteResult, len(objects))
	requests := make([]objstore.DeleteRequest, 0, len(objects))
	positions := make([]int, 0, len(objects))
	for i := range objects {
		rq, err := c.deleteRequest(&objects[i])
		if err != nil {
			outcomes[i].Err = err
			continue
		}
		rq.MFA = mfa
		requests, positions = append(requests, rq), append(positions, i)
	}
	if len(requests) == 0 {
		return outcomes, nil
	}
	results, err := c.bucket.DeleteMany(c.ctx, requests)
	if err != nil {
		return nil, err
	}
	for i, at := range positions {
		outcomes[at] = results[i]
		if results[i].Err != nil {
			outcomes[at].Err = c.absent(results[i].Err)
		}
	}
	return outcomes, nil
}

func (c *call) deleteRequest(o *deleteObject) (objstore.DeleteRequest, error) {
	rq := objstore.DeleteRequest{Key: o.Key.get(), Version: o.VersionID.get(), Owner: c.writer()}
	if len(rq.Key) > objstore.MaxKeyLen {
		return rq, codeKeyTooLong
	}
	res := c.resourceAt(rq.Key, rq.Version)
	action := c.route.Action
	if rq.Version != "" {
		action = c.route.VersionAction
	}
	c.tag = o.ETag.get()
	if err := c.authorize(action, res); err != nil {
		return rq, err
	}
	rq.BypassGovernance = c.bypasses(res)
	if c.tag != "" {
		rq.If.IfMatch = []string{httpx.Unquote(c.tag)}
		return rq, c.authorize("s3:GetObject", res)
	}
	return rq, nil
}

// outcomeXML writes what became of one key.
func (c *call) outcomeXML(x *xmlWriter, o *deleteObject, res *objstore.DeleteResult, quiet bool) {
	if res.Err != nil {
		f := explain(res.Err)
		c.noteInside(f, res.Err)
		x.open("Error")
		x.text("Key", o.Key.get())
		x.some("VersionId", o.VersionID.get())
		x.text("Code", string(f.code))
		x.text("Message", f.text())
		x.close("Error")
		return
	}
	if quiet {
		return
	}
	x.open("Deleted")
	x.text("Key", o.Key.get())
	x.some("VersionId", o.VersionID.get())
	if res.DeleteMarker {
		x.flag("DeleteMarker", true)
		x.some("DeleteMarkerVersionId", res.Version)
	}
	x.close("Deleted")
}
