package awssig

import (
	"crypto/subtle"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cofferstore/coffer/auth"
)

var (
	_ auth.Verifier = (*verifierV4)(nil)
	_ auth.Verifier = (*verifierV2)(nil)
	_ auth.Verifier = anonymous{}
)

// V4 returns a Verifier of Signature Version 4, in the Authorization header and
// in the query. Safe for concurrent use. Requests without such credentials are
// [auth.ErrNoCredentials].
func V4(src auth.KeySource, o *Options) auth.Verifier {
	v := &verifierV4{keys: src, opt: o.withDefaults()}
	v.cache = newKeyCache(v.opt.CachedKeys)
	v.guard = payloadGuard{buffers: &bufferPool{}, minChunkSize: v.opt.MinChunkSize}
	return v
}

type verifierV4 struct {
	keys    auth.KeySource
	opt     Options
	cache   *keyCache
	scratch scratchPool
	guard   payloadGuard
}

// Verify implements [auth.Verifier].
func (v *verifierV4) Verify(r *http.Request) (*auth.Identity, error) {
	m := messageOf(r)
	header := r.Header["Authorization"]
	in := queryMechanisms(m.query)
	inHeader := len(header) > 0 && strings.HasPrefix(header[0], "AWS4-")
	if !inHeader && !in.v4 {
		return nil, auth.ErrNoCredentials
	}
	if len(header) > 1 || len(header) == 1 && (in.v4 || in.v2) || in.v4 && in.v2 {
		return nil, errTwoMechanisms(strings.Join(header, ", "))
	}
	s := v.scratch.get()
	defer v.scratch.put(s)
	c := &claimV4{canonical: canonical{message: m}}
	if err := v.readClaim(c, header, s); err != nil {
		return nil, err
	}
	if err := v.checkClaim(c, s); err != nil {
		return nil, err
	}
	return v.prove(c, s)
}

func (v *verifierV4) readClaim(c *claimV4, header []string, s *scratch) error {
	if len(header) == 0 {
		return c.readQuery(s)
	}
	algorithm, rest, _ := strings.Cut(header[0], " ")
	switch {
	case strings.HasPrefix(algorithm, algorithmECDSA):
		return errAsymmetric()
	case algorithm != algorithmV4:
		return errUnsupportedScheme(header[0])
	}
	if err := c.readHeader(rest, s); err != nil {
		return err
	}
	return c.requirePayload(v.opt.PayloadHashOptional)
}

// checkClaim judges all that needs no key: scope, time, signed headers, and the
// kind of payload.
func (v *verifierV4) checkClaim(c *claimV4, s *scratch) (err error) {
	if err = v.checkScope(c); err != nil {
		return err
	}
	if err = v.checkTime(c); err != nil {
		return err
	}
	if missing := c.unsignedHeaders(s); len(missing) > 0 {
		return errUnsigned(missing)
	}
	if c.kind, err = parsePayload(c.payload); err != nil {
		return err
	}
	if c.payload == "" {
		c.kind = payloadForm
	}
	return nil
}

func (v *verifierV4) checkScope(c *claimV4) error {
	if c.transport == auth.TransportQuery {
		c.prefix = "Error parsing the X-Amz-Credential parameter; "
	}
	if !slices.Contains(v.opt.Services, c.service) {
		return c.malformed(`incorrect service "` + c.service + `". This endpoint belongs to "` + v.opt.Services[0] + `".`)
	}
	if v.opt.Regions != nil && !slices.Contains(v.opt.Regions, c.region) {
		want := strings.Join(v.opt.Regions, "' or '")
		return c.malformed(`the region '`+c.region+`' is wrong; expecting '`+want+`'`, auth.Detail{Name: "Region", Value: want})
	}
	return nil
}

// checkTime judges the clock of the client, and the life of a presigned URL.
func (v *verifierV4) checkTime(c *claimV4) error {
	now := v.opt.Now()
	if c.transport == auth.TransportHeader {
		if now.Sub(c.time).Abs() > v.opt.MaxSkew {
			return errSkewed(c.stamp, now, v.opt.MaxSkew)
		}
		return nil
	}
	if c.time.After(now.Add(v.opt.MaxSkew)) {
		return &auth.Error{
			Reason:  auth.ErrAccessDenied,
			Message: "Request is not valid yet",
			Details: []auth.Detail{{Name: "X-Amz-Date", Value: c.stamp}, {Name: "ServerTime", Value: now.UTC().Format(timeDetail)}},
		}
	}
	if end := c.time.Add(c.expires); !now.Before(end) {
		return errExpired(end, now, auth.Detail{Name: "X-Amz-Expires", Value: seconds(c.expires)})
	}
	return nil
}

// prove checks the signature and then the key, and guards the body.
func (v *verifierV4) prove(c *claimV4, s *scratch) (*auth.Identity, error) {
	key, known, err := findKey(v.keys, c.Request, c.accessKey)
	if err != nil {
		return nil, err
	}
	if c.kind == payloadForm {
		if !known {
			return nil, errUnknownKey(c.accessKey) // the body of a stranger is not kept
		}
		if c.payload, err = hashForm(c.Request); err != nil {
			return nil, err
		}
	}
	mac, cached := v.signingKey(c, key)
	matched := v.match(c, mac, s)
	switch {
	case !known:
		return nil, errUnknownKey(c.accessKey)
	case !matched:
		request := c.appendRequest(nil, 0, s)
		text := appendStringToSign(nil, c.stamp, c.scope, request)
		return nil, errSignature(c.accessKey, c.signature, text, request)
	}
	if err := checkKey(key, c.token, v.opt.Now()); err != nil {
		return nil, err
	}
	if !cached {
		v.cache.put(cacheKey{c.accessKey, c.day, c.region, c.service}, key.Secret, mac)
	}
	if err := v.admit(c, mac); err != nil {
		return nil, err
	}
	return &auth.Identity{
		Principal: key.Principal, AccessKey: c.accessKey,
		Scheme: auth.SchemeV4, Transport: c.transport, Region: c.region, Service: c.service,
	}, nil
}

// admit shows the handlers behind a plain request.
func (v *verifierV4) admit(c *claimV4, mac *keyedMAC) error {
	if c.presigned {
		hoist(c.Request, c.query, isPresignParameter)
	}
	var seed *chunkSeed
	if c.kind == payloadSigned || c.kind == payloadSignedTrailer {
		seed = &chunkSeed{mac: mac, stamp: c.stamp, scope: c.scope, requestSignature: c.signature}
	}
	return v.guard.attach(c.Request, c.kind, c.payload, seed)
}

func (v *verifierV4) signingKey(c *claimV4, key auth.Key) (mac *keyedMAC, cached bool) {
	if mac = v.cache.get(cacheKey{c.accessKey, c.day, c.region, c.service}, key.Secret); mac != nil {
		return mac, true
	}
	return deriveV4(key.Secret, c.day, c.region, c.service), false
}

// match compares the signature with that of each form of the request.
func (v *verifierV4) match(c *claimV4, mac *keyedMAC, s *scratch) bool {
	if c.matches(0, mac, s) {
		return true
	}
	if len(s.buf) > maxRetried {
		return false
	}
	all := c.forms(s)
	for f := all & -all; f != 0; f = (f - all) & all {
		if c.matches(f, mac, s) {
			return true
		}
	}
	return false
}

func (c *claimV4) matches(f form, mac *keyedMAC, s *scratch) bool {
	s.buf = c.appendRequest(s.buf[:0], f, s)
	s.sts = appendStringToSign(s.sts[:0], c.stamp, c.scope, s.buf)
	s.sum = mac.appendHexSum(s.sum[:0], s.sts)
	s.key = append(s.key[:0], c.signature...)
	return subtle.ConstantTimeCompare(s.sum, s.key) == 1
}

func seconds(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }
