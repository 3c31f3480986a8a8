package s3http

import (
	"crypto/tls"
	"encoding/xml"
	"errors"
	"io"
	"net/http"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/usage"
)

// documentLogging is the kind of the bucket document that says where the
// bucket's requests are logged, as XML in the form of GetBucketLogging.
const documentLogging = "logging"

// maxLogPrefix leaves room in a key for what a log object's name adds.
const maxLogPrefix = 512

// loggingDocument is the body of PutBucketLogging.
type loggingDocument struct {
	Enabled *loggingEnabled `xml:"LoggingEnabled"`
	Unknown unknown         `xml:",any"`
}

type loggingEnabled struct {
	TargetBucket string         `xml:"TargetBucket"`
	TargetGrants *struct{}      `xml:"TargetGrants"`
	TargetPrefix *string        `xml:"TargetPrefix"`
	Format       *loggingFormat `xml:"TargetObjectKeyFormat"`
	Unknown      unknown        `xml:",any"`
}

type loggingFormat struct {
	Simple      *struct{}         `xml:"SimplePrefix"`
	Partitioned *loggingPartition `xml:"PartitionedPrefix"`
	Unknown     unknown           `xml:",any"`
}

type loggingPartition struct {
	Source  usage.LogPartition `xml:"PartitionDateSource"`
	Unknown unknown            `xml:",any"`
}

// check judges the document by its form.
func (d *loggingDocument) check() error {
	e := d.Enabled
	switch {
	case len(d.Unknown) > 0:
		return codeMalformedXML
	case e == nil:
		return nil
	case len(e.Unknown) > 0, e.TargetBucket == "", e.TargetPrefix == nil:
		return codeMalformedXML
	case e.TargetGrants != nil:
		return refusal(codeNotImplemented, "TargetGrants is not implemented: log objects belong to the owner of their bucket.")
	case len(*e.TargetPrefix) > maxLogPrefix:
		return refusal(codeInvalidArgument, "The target prefix is longer than 512 bytes.")
	case e.Format == nil:
		return nil
	}
	f := e.Format
	if len(f.Unknown) > 0 || (f.Simple == nil) == (f.Partitioned == nil) {
		return codeMalformedXML
	}
	if p := f.Partitioned; p != nil {
		if len(p.Unknown) > 0 || p.Source != usage.PartitionEventTime && p.Source != usage.PartitionDeliveryTime {
			return codeMalformedXML
		}
	}
	return nil
}

// compileLogging reads a document that was checked before it was stored.
func compileLogging(data []byte) (*loggingEnabled, error) {
	var doc loggingDocument
	if err := xml.Unmarshal(data, &doc); err != nil {
		return nil, err
	}
	return doc.Enabled, nil
}

func (e *loggingEnabled) partition() usage.LogPartition {
	if e.Format == nil || e.Format.Partitioned == nil {
		return usage.PartitionNone
	}
	return e.Format.Partitioned.Source
}

// getLogging serves GetBucketLogging.
func (c *call) getLogging() error {
	x := c.h.newXML()
	defer x.free()
	if e := c.config.logging; e != nil {
		e.encode(x)
	} else {
		x.root("BucketLoggingStatus")
		x.close("BucketLoggingStatus")
	}
	return c.sendXML(x)
}

func (e *loggingEnabled) encode(x *xmlWriter) {
	x.root("BucketLoggingStatus")
	x.open("LoggingEnabled")
	x.text("TargetBucket", e.TargetBucket)
	x.text("TargetPrefix", *e.TargetPrefix)
	if e.Format != nil {
		x.open("TargetObjectKeyFormat")
		if p := e.Format.Partitioned; p != nil {
			x.open("PartitionedPrefix")
			x.text("PartitionDateSource", string(p.Source))
			x.close("PartitionedPrefix")
		} else {
			x.text("SimplePrefix", "")
		}
		x.close("TargetObjectKeyFormat")
	}
	x.close("LoggingEnabled")
	x.close("BucketLoggingStatus")
}

// putLogging serves PutBucketLogging. An owner may log to buckets of their own.
func (c *call) putLogging() error {
	var doc loggingDocument
	err := c.decodeDocument("BucketLoggingStatus", maxDocument, &doc)
	if errors.Is(err, io.EOF) {
		return codeMalformedXML
	}
	if err == nil {
		err = doc.check()
	}
	if err != nil {
		return err
	}
	if doc.Enabled == nil {
		return c.putDocument(documentLogging, nil, http.StatusOK)
	}
	if err := c.checkLogTarget(doc.Enabled.TargetBucket); err != nil {
		return err
	}
	x := c.h.newXML()
	defer x.free()
	doc.Enabled.encode(x)
	return c.putDocument(documentLogging, append([]byte(nil), x.b...), http.StatusOK)
}

func (c *call) checkLogTarget(name string) error {
	detail := auth.Detail{Name: "TargetBucket", Value: name}
	b, err := c.h.store.Bucket(c.ctx, objstore.BucketID{Tenant: c.bucketID.Tenant, Name: name})
	switch objstore.CodeOf(err) {
	case objstore.ErrNoSuchBucket, objstore.ErrInvalidBucketName:
		return refusal(codeInvalidTarget, "The target bucket for logging does not exist", detail)
	}
	if err != nil {
		return err
	}
	if b.Info().Owner != c.info.Owner {
		return refusal(codeInvalidTarget, "The owner for the bucket to be logged and the target bucket must be the same.", detail)
	}
	return nil
}

// noteLog tells the usage entry where the bucket's owner wants it written.
func (c *call) noteLog() {
	e := c.config.logging
	if e == nil || c.entry == nil {
		return
	}
	l := &usage.BucketLog{
		TargetBucket: e.TargetBucket, Prefix: *e.TargetPrefix, Partition: e.partition(), Region: c.h.region,
		Referer: header(c.r.Header, "Referer"), Proto: c.r.Proto, HostID: c.h.hostID, VersionID: c.query.get("versionId"),
	}
	if id := c.identity; id != nil {
		l.SignatureVersion, l.AuthType = logScheme(id.Scheme), logAuth(id.Transport)
	}
	if t := c.r.TLS; t != nil {
		l.TLSVersion, l.TLSCipher = logTLS(t.Version), tls.CipherSuiteName(t.CipherSuite)
	}
	c.entry.Log = l
}

// noteSize tells the log the size of the object that the request is about.
func (c *call) noteSize(size int64) {
	if c.entry != nil && c.entry.Log != nil {
		c.entry.Log.ObjectSize = size
	}
}

func logScheme(s auth.Scheme) string {
	switch s {
	case auth.SchemeV2:
		return "SigV2"
	case auth.SchemeV4:
		return "SigV4"
	}
	return ""
}

func logAuth(t auth.Transport) string {
	switch t {
	case auth.TransportHeader:
		return "AuthHeader"
	case auth.TransportQuery:
		return "QueryString"
	case auth.TransportPOST:
		return "POST"
	}
	return ""
}

func logTLS(version uint16) string {
	switch version {
	case tls.VersionTLS12:
		return "TLSv1.2"
	case tls.VersionTLS13:
		return "TLSv1.3"
	}
	return ""
}
