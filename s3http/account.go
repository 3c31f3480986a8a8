package s3http

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/objstore"
)

// Requests of the S3 Control API ("Amazon S3 Control", version 2018-08-20) are
// about an account, which is a tenant here, or about a bucket of it.
const (
	accountPrefix    = "/v20180820/"
	accountNamespace = "http://awss3control.amazonaws.com/doc/2018-08-20/"
)

// hdrAccountID names the account of a request of the S3 Control API.
const hdrAccountID = "X-Amz-Account-Id"

// isAccount tells whether a request is of the S3 Control API. No operation on
// an object has the header, which is signed: objects of a bucket v20180820 stay
// what they are. The host may begin with the account and says nothing.
func isAccount(r *http.Request) bool {
	return header(r.Header, hdrAccountID) != "" && strings.HasPrefix(r.URL.Path, accountPrefix)
}

// accountAddress returns the tenant that an account id names. Tenants have
// names and clients insist on twelve digits, so any twelve digits are the
// caller's own tenant; anything else is the name of a tenant.
func accountAddress(id string) (address, error) {
	const digits, maxTenant = 12, 255
	if len(id) == digits && strings.Trim(id, "0123456789") == "" {
		return address{}, nil
	}
	if len(id) > maxTenant {
		return address{}, badArgument("x-amz-account-id", id[:maxTenant], "The account id is too long.")
	}
	return address{tenant: id, explicit: true}, nil
}

// accountBlock returns the public access block of a tenant, nil when there is
// none. The store keeps it in memory.
func (h *Handler) accountBlock(ctx context.Context, tenant string) (*auth.PublicAccessBlock, error) {
	data, err := h.store.TenantDocument(ctx, tenant, documentPublicBlock)
	if errors.Is(err, objstore.ErrNoSuchDocument) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	b := &auth.PublicAccessBlock{}
	return b, json.Unmarshal(data, b)
}

// getAccountBlock serves GetPublicAccessBlock of an account.
func (c *call) getAccountBlock() error {
	b, err := c.h.accountBlock(c.ctx, c.bucketID.Tenant)
	if err != nil {
		return err
	}
	if b == nil {
		return codeNoSuchPublicBlock
	}
	return c.sendPublicBlock(b, accountNamespace)
}

// putAccountBlock serves PutPublicAccessBlock of an account.
func (c *call) putAccountBlock() error {
	data, err := c.sentPublicBlock()
	if err != nil {
		return err
	}
	return c.setAccountBlock(data)
}

// deleteAccountBlock serves DeletePublicAccessBlock of an account. It answers
// 200, not the 204 of a bucket's.
func (c *call) deleteAccountBlock() error { return c.setAccountBlock(nil) }

func (c *call) setAccountBlock(data []byte) error {
	if err := c.h.store.SetTenantDocument(c.ctx, c.bucketID.Tenant, documentPublicBlock, data); err != nil {
		return err
	}
	return c.send(http.StatusOK)
}
