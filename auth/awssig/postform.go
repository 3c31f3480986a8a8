package awssig

import (
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/cofferstore/coffer/auth"
)

var _ auth.FormVerifier = (*formVerifier)(nil)

// Fields of a signed form, in lower case.
const (
	fieldPolicy     = "policy"
	fieldToken      = "x-amz-security-token"
	fieldAlgorithm  = "x-amz-algorithm"
	fieldCredential = "x-amz-credential"
	fieldDate       = "x-amz-date"
	fieldSignature4 = "x-amz-signature"
	fieldAccessKey  = "awsaccesskeyid"
	fieldSignature2 = "signature"
)

// Form returns a verifier of the signed policies of browser uploads, of Version
// 4 and Version 2. What is signed is the encoded policy as it was sent; how
// long it is good is for the policy to say. Safe for concurrent use.
//
// Source: "Authenticating Requests in Browser-Based Uploads Using POST" of the
// Amazon S3 documentation.
func Form(src auth.KeySource, o *Options) auth.FormVerifier {
	v := &formVerifier{keys: src, opt: o.withDefaults()}
	v.cache = newKeyCache(v.opt.CachedKeys)
	return v
}

type formVerifier struct {
	keys  auth.KeySource
	opt   Options
	cache *keyCache
}

// formClaim is what a form says about itself.
type formClaim struct {
	id                       cacheKey
	policy, signature, token string
	scheme                   auth.Scheme
}

// VerifyForm implements [auth.FormVerifier].
func (v *formVerifier) VerifyForm(r *http.Request, field func(string) string) (*auth.Identity, error) {
	c, err := v.readForm(field)
	if err != nil {
		return nil, err
	}
	key, known, err := findKey(v.keys, r, c.id.accessKey)
	if err != nil {
		return nil, err
	}
	mac := v.cache.get(c.id, key.Secret)
	cached := mac != nil
	if !cached {
		mac = c.derive(key.Secret)
	}
	matched := subtle.ConstantTimeCompare([]byte(c.sign(mac)), []byte(c.signature)) == 1
	switch {
	case !known:
		return nil, errUnknownKey(c.id.accessKey)
	case !matched:
		return nil, errSignature(c.id.accessKey, c.signature, []byte(c.policy), nil)
	}
	if err := checkKey(key, c.token, v.opt.Now()); err != nil {
		return nil, err
	}
	if !cached {
		v.cache.put(c.id, key.Secret, mac)
	}
	return &auth.Identity{
		Principal: key.Principal, AccessKey: c.id.accessKey,
		Scheme: c.scheme, Transport: auth.TransportPOST, Region: c.id.region, Service: c.id.service,
	}, nil
}

// readForm finds the signature among the fields, and judges all that needs no
// key.
func (v *formVerifier) readForm(field func(string) string) (*formClaim, error) {
	v4 := field(fieldAlgorithm) != "" || field(fieldCredential) != "" || field(fieldSignature4) != ""
	v2 := field(fieldAccessKey) != "" || field(fieldSignature2) != ""
	switch {
	case v4 && v2:
		return nil, errForm(fieldAlgorithm, field(fieldAlgorithm), "Only one auth mechanism allowed in a form")
	case !v4 && !v2 && field(fieldPolicy) == "":
		return nil, auth.ErrNoCredentials
	}
	c := &formClaim{policy: field(fieldPolicy), token: field(fieldToken)}
	required := []string{fieldPolicy, fieldAccessKey, fieldSignature2}
	if v4 {
		required = []string{fieldPolicy, fieldAlgorithm, fieldCredential, fieldDate, fieldSignature4}
	}
	for _, name := range required {
		if field(name) == "" {
			return nil, errMissingField(name)
		}
	}
	if v2 {
		c.scheme, c.signature, c.id.accessKey = auth.SchemeV2, field(fieldSignature2), field(fieldAccessKey)
		return c, nil
	}
	return c, v.readFormV4(c, field)
}

// errMissingField names a field in Amazon's words. A form without credentials
// lacks the access key of either version.
func errMissingField(name string) error {
	display := name
	if name == fieldAccessKey {
		display = "AWSAccessKeyId"
	}
	return errForm(display, "", "Bucket POST must contain a field named '"+display+"'.  If it is specified, please check the order of the fields.")
}

func (v *formVerifier) readFormV4(c *formClaim, field func(string) string) error {
	c.scheme, c.signature = auth.SchemeV4, field(fieldSignature4)
	switch algorithm := field(fieldAlgorithm); {
	case strings.HasPrefix(algorithm, algorithmECDSA):
		return errAsymmetric()
	case algorithm != algorithmV4:
		return errForm("X-Amz-Algorithm", algorithm, `X-Amz-Algorithm only supports "`+algorithmV4+`"`)
	}
	text := field(fieldCredential)
	cred, problem := parseCredential(text)
	switch {
	case problem != "":
	case cred.service != serviceS3:
		problem = `incorrect service "` + cred.service + `". This endpoint belongs to "s3".`
	case v.opt.Regions != nil && !slices.Contains(v.opt.Regions, cred.region):
		problem = "the region '" + cred.region + "' is wrong; expecting '" + strings.Join(v.opt.Regions, "' or '") + "'"
	}
	if problem != "" {
		return errForm("X-Amz-Credential", text, "Error parsing the X-Amz-Credential parameter; "+problem)
	}
	c.id = cacheKey{cred.accessKey, cred.day, cred.region, cred.service}
	date := field(fieldDate)
	if _, ok := parseStamp(date); !ok {
		return errForm("X-Amz-Date", date, `X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`)
	}
	if !strings.HasPrefix(date, cred.day) {
		return errForm("X-Amz-Date", date, `Invalid credential date "`+cred.day+`". This date is not the same as X-Amz-Date: "`+date[:8]+`".`)
	}
	return nil
}

func errForm(name, value, message string) error {
	return &auth.Error{
		Reason:  auth.ErrInvalidArgument,
		Message: message,
		Details: []auth.Detail{{Name: "ArgumentName", Value: name}, {Name: "ArgumentValue", Value: value}},
	}
}

func (c *formClaim) derive(secret string) *keyedMAC {
	if c.scheme == auth.SchemeV2 {
		return deriveV2(secret)
	}
	return deriveV4(secret, c.id.day, c.id.region, c.id.service)
}

func (c *formClaim) sign(mac *keyedMAC) string {
	if c.scheme == auth.SchemeV2 {
		return base64.StdEncoding.EncodeToString(mac.appendSum(nil, []byte(c.policy)))
	}
	return string(mac.appendHexSum(nil, []byte(c.policy)))
}

// SignFormV4 returns the form fields that sign a policy, a JSON document, with
// Signature Version 4: policy and x-amz-*. The policy must name x-amz-algorithm,
// x-amz-credential, x-amz-date and, for temporary credentials,
// x-amz-security-token with these values; [FormConditionsV4] has them.
func SignFormV4(policy []byte, cred Credentials, scope Scope) map[string]string {
	fields := FormConditionsV4(cred, scope)
	fields[fieldPolicy] = base64.StdEncoding.EncodeToString(policy)
	fields[fieldSignature4] = string(scope.key(cred).appendHexSum(nil, []byte(fields[fieldPolicy])))
	return fields
}

// FormConditionsV4 returns the fields of a form to be signed with [SignFormV4]
// that its policy must name.
func FormConditionsV4(cred Credentials, scope Scope) map[string]string {
	fields := map[string]string{
		fieldAlgorithm:  algorithmV4,
		fieldCredential: cred.AccessKey + "/" + scope.String(),
		fieldDate:       scope.stamp(),
	}
	if cred.SessionToken != "" {
		fields[fieldToken] = cred.SessionToken
	}
	return fields
}

// SignFormV2 returns the form fields that sign a policy, a JSON document, with
// Signature Version 2. For temporary credentials the policy must name
// x-amz-security-token.
func SignFormV2(policy []byte, cred Credentials) map[string]string {
	c := formClaim{scheme: auth.SchemeV2, policy: base64.StdEncoding.EncodeToString(policy)}
	fields := map[string]string{
		"AWSAccessKeyId": cred.AccessKey, fieldPolicy: c.policy, fieldSignature2: c.sign(c.derive(cred.Secret)),
	}
	if cred.SessionToken != "" {
		fields[fieldToken] = cred.SessionToken
	}
	return fields
}
