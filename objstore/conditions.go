package objstore

import (
	"slices"
	"time"
)

// checkWrite judges the preconditions of a write against what is there now;
// info is nil when that is no object.
//
// The verdict is that of the moment of the commit, so that of several writers
// with If-None-Match "*" the first succeeds and the others get
// [ErrPreconditionFailed]; a writer with If-Match whose object was deleted
// meanwhile gets [ErrNoSuchKey] (Amazon S3 User Guide, "Conditional write
// behavior"). [ErrConflict], which asks the client to try again, is never
// needed: a delete that came in between does not disturb a serializable commit.
func (c Conditions) checkWrite(info *ObjectInfo) error {
	if len(c.IfMatch) > 0 {
		if info == nil {
			return failedCondition(ErrNoSuchKey, "If-Match")
		}
		if !matches(c.IfMatch, info.ETag) {
			return failedCondition(ErrPreconditionFailed, "If-Match")
		}
	}
	if info == nil {
		return nil
	}
	if !c.IfUnmodifiedSince.IsZero() && modifiedSince(info, c.IfUnmodifiedSince) {
		return failedCondition(ErrPreconditionFailed, "If-Unmodified-Since")
	}
	if matches(c.IfNoneMatch, info.ETag) {
		return failedCondition(ErrPreconditionFailed, "If-None-Match")
	}
	return nil
}

// none tells whether there is nothing that a write is judged by.
func (c Conditions) none() bool {
	return len(c.IfMatch) == 0 && len(c.IfNoneMatch) == 0 && c.IfUnmodifiedSince.IsZero()
}

// checkRead judges the preconditions of a read in the order of RFC 9110,
// section 13.2.2: If-Match overrules If-Unmodified-Since, and If-None-Match
// overrules If-Modified-Since.
func (c Conditions) checkRead(info *ObjectInfo) error {
	switch {
	case len(c.IfMatch) > 0:
		if !matches(c.IfMatch, info.ETag) {
			return failedCondition(ErrPreconditionFailed, "If-Match")
		}
	case !c.IfUnmodifiedSince.IsZero():
		if modifiedSince(info, c.IfUnmodifiedSince) {
			return failedCondition(ErrPreconditionFailed, "If-Unmodified-Since")
		}
	}
	switch {
	case len(c.IfNoneMatch) > 0:
		if matches(c.IfNoneMatch, info.ETag) {
			return failedCondition(ErrNotModified, "If-None-Match")
		}
	case !c.IfModifiedSince.IsZero():
		if !modifiedSince(info, c.IfModifiedSince) {
			return failedCondition(ErrNotModified, "If-Modified-Since")
		}
	}
	return nil
}

func matches(tags []string, etag string) bool {
	return slices.Contains(tags, "*") || slices.Contains(tags, etag)
}

// modifiedSince compares in whole seconds, which is all that HTTP dates tell.
func modifiedSince(info *ObjectInfo, t time.Time) bool {
	return info.ModTime.Truncate(time.Second).After(t.Truncate(time.Second))
}
