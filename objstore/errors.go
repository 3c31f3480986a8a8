package objstore

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Code is the meaning of an error; compare with errors.Is. The values are the
// S3 error codes where S3 has one.
type Code string

func (c Code) Error() string { return string(c) }

// Codes that the methods of this package return.
const (
	ErrNoSuchBucket            Code = "NoSuchBucket"
	ErrBucketExists            Code = "BucketAlreadyExists" // see Error.Owned
	ErrTooManyBuckets          Code = "TooManyBuckets"
	ErrBucketNotEmpty          Code = "BucketNotEmpty"
	ErrInvalidBucketName       Code = "InvalidBucketName"
	ErrInvalidBucketState      Code = "InvalidBucketState" // e.g. suspend versioning under object lock
	ErrNoSuchKey               Code = "NoSuchKey"
	ErrNoSuchVersion           Code = "NoSuchVersion"
	ErrDeleteMarker            Code = "DeleteMarker" // the version that was asked for is a delete marker
	ErrNoSuchUpload            Code = "NoSuchUpload"
	ErrNoSuchDocument          Code = "NoSuchDocument"
	ErrKeyTooLong              Code = "KeyTooLongError"
	ErrInvalidArgument         Code = "InvalidArgument"
	ErrInvalidRange            Code = "InvalidRange"
	ErrInvalidPart             Code = "InvalidPart"
	ErrInvalidPartOrder        Code = "InvalidPartOrder"
	ErrInvalidRequest          Code = "InvalidRequest"
	ErrEntityTooSmall          Code = "EntityTooSmall"
	ErrEntityTooLarge          Code = "EntityTooLarge"
	ErrIncompleteBody          Code = "IncompleteBody"
	ErrBadDigest               Code = "BadDigest"
	ErrPreconditionFailed      Code = "PreconditionFailed"
	ErrNotModified             Code = "NotModified"
	ErrConflict                Code = "ConditionalRequestConflict" // concurrent changes kept undoing the operation: try again
	ErrInsufficientStorage     Code = "InsufficientStorage"
	ErrQuotaExceeded           Code = "QuotaExceeded" // from hooks: package quota
	ErrObjectLocked            Code = "AccessDenied"
	ErrMFARequired             Code = "MFARequired"   // the bucket demands a second factor
	ErrInvalidStorageStructure Code = "InternalError" // a row that cannot be read

	ErrEncryptionKeyMissing    Code = "EncryptionKeyMissing"    // the object is under a customer's key, which was not given
	ErrEncryptionKeyWrong      Code = "EncryptionKeyWrong"      // the object is under another customer's key
	ErrEncryptionKeyMismatch   Code = "EncryptionKeyMismatch"   // the upload was begun with another customer's key
	ErrEncryptionKeyUnused     Code = "EncryptionKeyUnused"     // a customer's key for an object that has none
	ErrEncryptionNotConfigured Code = "EncryptionNotConfigured" // the store has no key provider for it
)

// Error tells which operation failed on what. It wraps a [Code], an error of a
// hook or of the body, or one of a driver.
type Error struct {
	Op     string // method, for example "Put"
	Bucket BucketID
	Key    string
	Err    error

	// Condition names the precondition that failed ("If-Match", ...), if any.
	Condition string

	// Version, ModTime and DeleteMarker describe what was found instead of an
	// object: the version id of a delete marker, and when it was made. With
	// [ErrInvalidVersion], Version is what is none.
	Version      string
	ModTime      time.Time
	DeleteMarker bool

	// Owned is set with ErrBucketExists when the bucket belongs to the owner
	// that the caller named.
	Owned bool
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("objstore: ")
	b.WriteString(e.Op)
	if e.Bucket.Name != "" {
		b.WriteString(" " + e.Bucket.String())
	}
	if e.Key != "" {
		b.WriteString(" " + quote(e.Key))
	}
	b.WriteString(": " + e.Err.Error())
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the Code that err wraps, or "" when there is none.
func CodeOf(err error) Code {
	var c Code
	if errors.As(err, &c) {
		return c
	}
	return ""
}

// ErrInvalidVersion is an [ErrInvalidArgument]: a version id that cannot be one.
// Error.Version is the text.
var ErrInvalidVersion = fmt.Errorf("%w: invalid version id", ErrInvalidArgument)

// SmallPart is the [ErrEntityTooSmall] of a part that is not the last.
type SmallPart struct {
	Number    int
	Size, Min int64 // bytes
	ETag      string
}

func (e *SmallPart) Error() string {
	return fmt.Sprintf("%v: part %d has %d bytes, and needs %d", ErrEntityTooSmall, e.Number, e.Size, e.Min)
}

// Unwrap returns [ErrEntityTooSmall].
func (e *SmallPart) Unwrap() error { return ErrEntityTooSmall }

// wrap adds what failed on what. Inner functions return an *Error without Op
// where there are details to tell; this completes it. nil stays nil.
func wrap(op string, id BucketID, key string, err error) error {
	if err == nil {
		return nil
	}
	e := Error{Err: err}
	if inner, ok := err.(*Error); ok && inner.Op == "" {
		e = *inner
	}
	e.Op, e.Bucket, e.Key = op, id, key
	return &e
}

// failedCondition is a precondition that does not hold.
func failedCondition(code Code, condition string) error {
	return &Error{Err: code, Condition: condition}
}

// foundMarker is a version that is a delete marker, not an object.
func foundMarker(code Code, marker *ObjectInfo) error {
	return &Error{Err: code, Version: marker.VersionID, ModTime: marker.ModTime, DeleteMarker: true}
}
