package utapihttp

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/auth/policy"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/usage/utapi"
)

// caller is who asks.
type caller struct {
	*auth.Identity
	administers bool
}

// classify finds out what the caller is. Administrators, users of the system
// and those with the capability usage=read see everything; keys of subusers
// never make an administrator.
func (c *call) classify(id *auth.Identity) error {
	c.caller = caller{Identity: id}
	if id.Subuser != "" {
		return nil
	}
	if id.Admin || id.System {
		c.caller.administers = true
		return nil
	}
	a, err := c.h.admin.Account(c.ctx, iam.ParseUserID(id.ID))
	if errors.Is(err, iam.ErrNoSuchUser) {
		return errAccessDenied
	}
	if err != nil {
		return err
	}
	c.caller.administers = a.Caps.Allow("usage", iam.PermRead)
	return nil
}

// allowed returns the resources of the request that the caller may see.
func (c *call) allowed() ([]resource, error) {
	var list []resource
	for _, asked := range c.request.names {
		res, account, err := c.locate(asked)
		if err != nil {
			return nil, err
		}
		may := c.caller.administers && account != nobody
		if !c.caller.administers && account == c.caller.ID {
			may = c.may(res)
		}
		if may {
			list = append(list, res)
		}
	}
	return list, nil
}

// Owners of resources that no account has.
const (
	nobody  = "\x00"        // there is no such account
	unowned = "\x00unowned" // the service, and names that nothing has
)

// locate finds a resource and the account that it belongs to.
func (c *call) locate(asked string) (res resource, account string, err error) {
	res = resource{asked, asked}
	switch c.request.level {
	case utapi.Buckets:
		res.name, account, err = c.bucket(asked)
		return res, account, err
	case utapi.Accounts:
		_, err := c.h.admin.Account(c.ctx, iam.ParseUserID(asked))
		if errors.Is(err, iam.ErrNoSuchUser) || errors.Is(err, iam.ErrInvalidArgument) {
			return res, nobody, nil
		}
		return res, asked, err
	case utapi.Users:
		id, _ := iam.SplitSubuser(asked)
		return res, id.String(), nil
	}
	return res, unowned, nil
}

// bucket finds a bucket. Without a tenant, a name is of the caller's.
func (c *call) bucket(asked string) (name, account string, err error) {
	id := objstore.BucketID{Tenant: c.caller.Tenant, Name: asked}
	if i := strings.LastIndexByte(asked, ':'); i >= 0 {
		id = objstore.BucketID{Tenant: asked[:i], Name: asked[i+1:]}
	}
	b, err := c.h.admin.Bucket(c.ctx, id)
	switch objstore.CodeOf(err) {
	case objstore.ErrNoSuchBucket, objstore.ErrInvalidBucketName, objstore.ErrInvalidArgument:
		return id.String(), unowned, nil
	}
	if err != nil {
		return "", "", err
	}
	return id.String(), b.Info().Owner, nil
}

// may judges what belongs to the caller's own account: a policy may deny it to
// the account itself, and must allow it to subusers.
func (c *call) may(res resource) bool {
	allowed := c.caller.Subuser == ""
	for _, account := range [...]string{c.caller.Tenant, c.caller.ID} {
		asked := policy.Request{
			Principal: policy.Principal{ARNs: []string{c.caller.ARN()}, Account: c.caller.Tenant, CanonicalID: c.caller.ID},
			Resource:  policy.Resource{Service: "utapi", Account: account, Path: string(c.request.level) + "/" + res.asked},
			Context:   policyKeys{c},
		}
		// Each of the actions stands for both.
		for _, action := range [...]string{actionList, actionRecent} {
			asked.Action = "utapi:" + action
			for _, p := range c.caller.Policies {
				switch p.Evaluate(&asked).Decision {
				case policy.Deny:
					return false
				case policy.Allow:
					allowed = true
				}
			}
		}
	}
	return allowed
}

// policyKeys are the condition keys of a request.
type policyKeys struct{ c *call }

// Values implements [policy.Context].
func (k policyKeys) Values(key string) ([]string, bool) {
	r := k.c.R
	switch key {
	case "aws:currenttime":
		return []string{k.c.now.UTC().Format(time.RFC3339)}, true
	case "aws:epochtime":
		return []string{strconv.FormatInt(k.c.now.Unix(), 10)}, true
	case "aws:securetransport":
		return []string{strconv.FormatBool(r.TLS != nil)}, true
	case "aws:sourceip":
		from, ok := sourceAddr(r)
		return []string{from.String()}, ok
	case "aws:useragent":
		agent := r.Header.Get("User-Agent")
		return []string{agent}, agent != ""
	case "aws:username":
		return []string{k.c.caller.UID()}, true
	case "aws:userid":
		return []string{k.c.caller.ID}, true
	case "aws:principalarn":
		return []string{k.c.caller.ARN()}, true
	}
	return nil, false
}
