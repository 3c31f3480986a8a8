package s3http

import (
	"errors"
	"io"
	"net/http"

	"github.com/cofferstore/coffer/objstore"
)

// versioningDocument is the body of PutBucketVersioning.
type versioningDocument struct {
	Status    string  `xml:"Status"`
	MFADelete string  `xml:"MfaDelete"`
	Unknown   unknown `xml:",any"`
}

// putVersioning serves PutBucketVersioning.
func (c *call) putVersioning() error {
	var doc versioningDocument
	err := c.decodeDocument("VersioningConfiguration", maxDocument, &doc)
	if errors.Is(err, io.EOF) {
		return codeMalformedXML
	}
	if err != nil {
		return err
	}
	switch {
	case len(doc.Unknown) > 0:
		return codeMalformedXML
	case doc.MFADelete != "" && doc.MFADelete != "Enabled" && doc.MFADelete != "Disabled":
		return codeMalformedXML
	case doc.Status == "":
		return refusal(codeIllegalVersioning, "The Versioning element must be specified")
	}
	state := objstore.Versioning(doc.Status)
	if state != objstore.VersioningEnabled && state != objstore.VersioningSuspended {
		return codeMalformedXML
	}
	if c.info.MFADelete || doc.MFADelete == "Enabled" {
		on := doc.MFADelete == "Enabled" || doc.MFADelete == "" && c.info.MFADelete
		err = c.putMFADelete(state, on)
	} else if _, err = c.secondFactor(); err == nil {
		err = c.bucket.SetVersioning(c.ctx, state)
	}
	if err != nil {
		return err
	}
	return c.send(http.StatusOK)
}

// getVersioning serves GetBucketVersioning.
func (c *call) getVersioning() error {
	x := c.h.newXML()
	defer x.free()
	x.root("VersioningConfiguration")
	x.some("Status", string(c.info.Versioning))
	if c.info.MFADelete {
		x.text("MfaDelete", "Enabled")
	}
	x.close("VersioningConfiguration")
	return c.sendXML(x)
}
