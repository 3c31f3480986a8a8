package objstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/cofferstore/coffer/objstore/driver"
)

// tenantKey names a tenant document.
type tenantKey struct{ tenant, kind string }

func (k tenantKey) check() error {
	if len(k.tenant) > maxTenant {
		return fmt.Errorf("%w: a tenant has at most %d bytes", ErrInvalidArgument, maxTenant)
	}
	return checkDocumentKind(k.kind)
}

// maxTenantDocument bounds a tenant document, in bytes: all that were asked for
// are kept in memory.
const maxTenantDocument = 4 << 10

// TenantDocument returns a document about all buckets of a tenant, in the form
// of the package that owns the kind. It is kept in memory, whether it is there
// or not, so that it can be asked for with every request. The caller must not
// change it. A missing one is [ErrNoSuchDocument].
func (s *Store) TenantDocument(ctx context.Context, tenant, kind string) ([]byte, error) {
	key := tenantKey{tenant, kind}
	data, generation, ok := s.tenants.get(key)
	if !ok {
		var err error
		if data, err = s.loadTenantDocument(ctx, key, generation); err != nil {
			return nil, wrap("TenantDocument", BucketID{Tenant: tenant}, "", err)
		}
	}
	if data == nil {
		return nil, ErrNoSuchDocument
	}
	return data, nil
}

// loadTenantDocument reads a tenant document, nil when there is none, and keeps
// it in the cache.
func (s *Store) loadTenantDocument(ctx context.Context, key tenantKey, generation uint64) (doc []byte, err error) {
	if err := key.check(); err != nil {
		return nil, err
	}
	if err := s.gate.enter(); err != nil {
		return nil, err
	}
	defer s.gate.leave()
	read := s.opt.Now()
	err = s.view(ctx, func(r driver.Reader) error {
		data, err := r.Get(tenantRow(key.tenant, key.kind))
		if errors.Is(err, driver.ErrNotFound) {
			return nil
		}
		doc = append([]byte{}, data...)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.tenants.put(key, doc, read, generation)
	return doc, nil
}

// SetTenantDocument stores a tenant document of at most 4 KiB
// ([ErrEntityTooLarge]); nil removes it, and removing a missing one is no
// error. A tenant is a name: it need not have buckets.
func (s *Store) SetTenantDocument(ctx context.Context, tenant, kind string, data []byte) error {
	return wrap("SetTenantDocument", BucketID{Tenant: tenant}, "", s.setTenantDocument(ctx, tenantKey{tenant, kind}, data))
}

func (s *Store) setTenantDocument(ctx context.Context, key tenantKey, data []byte) error {
	if err := key.check(); err != nil {
		return err
	}
	if len(data) > maxTenantDocument {
		return ErrEntityTooLarge
	}
	if err := s.gate.enter(); err != nil {
		return err
	}
	defer s.gate.leave()
	defer s.tenants.drop(key)
	return s.mutate(ctx, func(txn driver.Txn) error {
		if data == nil {
			return txn.Delete(tenantRow(key.tenant, key.kind))
		}
		return txn.Set(tenantRow(key.tenant, key.kind), data)
	})
}
