package objstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/cofferstore/coffer/objstore/driver"
)

// maxDocumentKind bounds the length, in bytes, of a kind of document.
const maxDocumentKind = 255

func checkDocumentKind(kind string) error {
	if kind == "" || len(kind) > maxDocumentKind {
		return fmt.Errorf("%w: a kind of document has 1 to %d bytes", ErrInvalidArgument, maxDocumentKind)
	}
	return nil
}

// checkDocuments judges documents, by kind, that are to be stored.
func checkDocuments(docs map[string][]byte) error {
	for kind, data := range docs {
		if err := checkDocumentKind(kind); err != nil {
			return err
		}
		if len(data) > driver.MaxValueLen {
			return ErrEntityTooLarge
		}
	}
	return nil
}

// Document returns a bucket document (policy, cors, tagging, ...): bytes that
// the owning package understands. A missing one is [ErrNoSuchDocument].
func (b *Bucket) Document(ctx context.Context, kind string) ([]byte, error) {
	data, err := b.document(ctx, kind)
	return data, b.wrap("Document", "", err)
}

func (b *Bucket) document(ctx context.Context, kind string) (doc []byte, err error) {
	if err := checkDocumentKind(kind); err != nil {
		return nil, err
	}
	if err := b.s.gate.enter(); err != nil {
		return nil, err
	}
	defer b.s.gate.leave()
	err = b.s.view(ctx, func(r driver.Reader) error {
		data, err := r.Get(documentRow(b.info.Ref, kind))
		if err == nil {
			doc = append([]byte{}, data...)
			return nil
		}
		if !errors.Is(err, driver.ErrNotFound) {
			return err
		}
		if _, err := b.requireBucket(r); err != nil {
			return err
		}
		return ErrNoSuchDocument
	})
	return doc, err
}

// SetDocument stores a bucket document of at most [driver.MaxValueLen] bytes
// ([ErrEntityTooLarge]); nil removes it, and removing a missing one is no
// error.
func (b *Bucket) SetDocument(ctx context.Context, kind string, data []byte) error {
	return b.wrap("SetDocument", "", b.setDocuments(ctx, map[string][]byte{kind: data}))
}

// SetDocuments is [Bucket.SetDocument] for documents that belong together, by
// their kinds: all are changed or none is.
func (b *Bucket) SetDocuments(ctx context.Context, docs map[string][]byte) error {
	return b.wrap("SetDocuments", "", b.setDocuments(ctx, docs))
}

func (b *Bucket) setDocuments(ctx context.Context, docs map[string][]byte) error {
	if err := checkDocuments(docs); err != nil {
		return err
	}
	return b.changeDocuments(ctx, func(driver.Reader) (map[string][]byte, error) { return docs, nil })
}

// UpdateDocument stores what change makes of a bucket document, as
// [Bucket.SetDocument] does, so that no change between is lost. Of a missing
// document old is nil. An error of change leaves all as it is. change may run
// more than once; it may keep old.
func (b *Bucket) UpdateDocument(ctx context.Context, kind string, change func(old []byte) ([]byte, error)) error {
	return b.wrap("UpdateDocument", "", b.updateDocument(ctx, kind, change))
}

func (b *Bucket) updateDocument(ctx context.Context, kind string, change func(old []byte) ([]byte, error)) error {
	if err := checkDocumentKind(kind); err != nil {
		return err
	}
	return b.changeDocuments(ctx, func(r driver.Reader) (map[string][]byte, error) {
		var old []byte
		data, err := r.Get(documentRow(b.info.Ref, kind))
		switch {
		case err == nil:
			old = append([]byte{}, data...)
		case !errors.Is(err, driver.ErrNotFound):
			return nil, err
		}
		next, err := change(old)
		if err != nil {
			return nil, err
		}
		docs := map[string][]byte{kind: next}
		return docs, checkDocuments(docs)
	})
}

// changeDocuments stores the documents that next returns, which may read what
// there is.
func (b *Bucket) changeDocuments(ctx context.Context, next func(driver.Reader) (map[string][]byte, error)) error {
	if err := b.s.gate.enter(); err != nil {
		return err
	}
	defer b.s.gate.leave()
	defer b.s.cache.drop(b.info.BucketID)
	return b.s.mutate(ctx, func(txn driver.Txn) error {
		info, err := b.requireBucket(txn)
		if err != nil {
			return err
		}
		docs, err := next(txn)
		if err != nil {
			return err
		}
		for kind, data := range docs {
			if data == nil {
				err = txn.Delete(documentRow(info.Ref, kind))
			} else {
				err = txn.Set(documentRow(info.Ref, kind), data)
			}
			if err != nil {
				return err
			}
		}
		info.Documents++
		return txn.Set(bucketRow(info.BucketID), encodeBucket(&info))
	})
}

// Documents returns those of the given kinds that the bucket has, all of one
// moment, and that moment's [BucketInfo.Documents].
func (b *Bucket) Documents(ctx context.Context, kinds ...string) (map[string][]byte, uint64, error) {
	docs, version, err := b.documents(ctx, kinds)
	return docs, version, b.wrap("Documents", "", err)
}

func (b *Bucket) documents(ctx context.Context, kinds []string) (docs map[string][]byte, version uint64, err error) {
	for _, kind := range kinds {
		if err := checkDocumentKind(kind); err != nil {
			return nil, 0, err
		}
	}
	if err := b.s.gate.enter(); err != nil {
		return nil, 0, err
	}
	defer b.s.gate.leave()
	err = b.s.view(ctx, func(r driver.Reader) error {
		info, err := b.requireBucket(r)
		if err != nil {
			return err
		}
		docs, version = map[string][]byte{}, info.Documents
		for _, kind := range kinds {
			data, err := r.Get(documentRow(info.Ref, kind))
			switch {
			case err == nil:
				docs[kind] = append([]byte{}, data...)
			case !errors.Is(err, driver.ErrNotFound):
				return err
			}
		}
		return nil
	})
	return docs, version, err
}
