package s3http

import (
	"net/http"

	"github.com/cofferstore/coffer/auth"
)

// code is an error code of the S3 API.
type code string

func (c code) Error() string { return string(c) }

// Codes that this package answers with, beside those that arrive as
// objstore.Code or auth.Reason.
const (
	codeACLNotSupported      code = "AccessControlListNotSupported"
	codeACLWithOwnership     code = "InvalidBucketAclWithObjectOwnership"
	codeAccessDenied         code = "AccessDenied"
	codeAccessForbidden      code = "AccessForbidden"
	codeBadDigest            code = "BadDigest"
	codeBadRequest           code = "BadRequest"
	codeBucketOwnedByYou     code = "BucketAlreadyOwnedByYou"
	codeEntityTooLarge       code = "EntityTooLarge"
	codeIllegalVersioning    code = "IllegalVersioningConfigurationException"
	codeIncompleteBody       code = "IncompleteBody"
	codeInsufficientStorage  code = "InsufficientStorage"
	codeInternalError        code = "InternalError"
	codeInvalidArgument      code = "InvalidArgument"
	codeInvalidBucketState   code = "InvalidBucketState"
	codeInvalidDigest        code = "InvalidDigest"
	codeInvalidLocation      code = "InvalidLocationConstraint"
	codeInvalidPartNumber    code = "InvalidPartNumber"
	codeInvalidRange         code = "InvalidRange"
	codeInvalidRequest       code = "InvalidRequest"
	codeInvalidStorageClass  code = "InvalidStorageClass"
	codeInvalidTarget        code = "InvalidTargetBucketForLogging"
	codeInvalidTag           code = "InvalidTag"
	codeInvalidURI           code = "InvalidURI"
	codeKeyTooLong           code = "KeyTooLongError"
	codeMalformedPOST        code = "MalformedPOSTRequest"
	codeMalformedTrailer     code = "MalformedTrailerError"
	codeMalformedPolicy      code = "MalformedPolicy"
	codeMalformedXML         code = "MalformedXML"
	codeMaxPreData           code = "MaxPostPreDataLengthExceededError"
	codeMaxMessageLength     code = "MaxMessageLengthExceeded"
	codeMetadataTooLarge     code = "MetadataTooLarge"
	codeMethodNotAllowed     code = "MethodNotAllowed"
	codeMissingContentLength code = "MissingContentLength"
	codeMissingBody          code = "MissingRequestBodyError"
	codeNoSuchBucketPolicy   code = "NoSuchBucketPolicy"
	codeNoSuchCORS           code = "NoSuchCORSConfiguration"
	codeNoMetadata           code = "MetadataConfigurationNotFound"
	codeNoMetadataTable      code = "MetadataTableConfigurationNotFound"
	codeNoSuchConfiguration  code = "NoSuchConfiguration"
	codeNoSuchLifecycle      code = "NoSuchLifecycleConfiguration"
	codeNoSuchOwnership      code = "OwnershipControlsNotFoundError"
	codeNoSuchObjectLock     code = "NoSuchObjectLockConfiguration"
	codeNoSuchPublicBlock    code = "NoSuchPublicAccessBlockConfiguration"
	codeNoSuchTagSet         code = "NoSuchTagSet"
	codeNoSuchWebsite        code = "NoSuchWebsiteConfiguration"
	codeNotImplemented       code = "NotImplemented"
	codeNotModified          code = "NotModified"
	codeObjectLockNotFound   code = "ObjectLockConfigurationNotFoundError"
	codePreconditionFailed   code = "PreconditionFailed"
	codeReplicationNotFound  code = "ReplicationConfigurationNotFoundError"
	codeRequestTimeout       code = "RequestTimeout"
	codeSlowDown             code = "SlowDown"
	codeUserKey              code = "UserKeyMustBeSpecified"
	codeServiceUnavailable   code = "ServiceUnavailable"
	codeInvalidEncryption    code = "InvalidEncryptionAlgorithmError"
	codeKMSNotFound          code = "KMS.NotFoundException"
	codeKMSDisabled          code = "KMS.DisabledException"
	codeEncryptionNotFound   code = "ServerSideEncryptionConfigurationNotFoundError"
)

// answer is how a code is told: its HTTP status and the text for people.
type answer struct {
	status  int
	message string
}

// answers follows the list of error codes in the S3 API reference.
var answers = map[code]answer{
	codeACLNotSupported:                 {http.StatusBadRequest, "The bucket does not allow ACLs"},
	codeACLWithOwnership:                {http.StatusBadRequest, "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"},
	codeAccessDenied:                    {http.StatusForbidden, "Access Denied"},
	codeAccessForbidden:                 {http.StatusForbidden, "Access forbidden."},
	"AmbiguousGrantByEmailAddress":      {http.StatusBadRequest, "The e-mail address you provided is associated with more than one account."},
	"AuthorizationHeaderMalformed":      {http.StatusBadRequest, "The authorization header that you provided is not valid."},
	"AuthorizationQueryParametersError": {http.StatusBadRequest, "The authorization query parameters that you provided are not valid."},
	codeBadDigest:                       {http.StatusBadRequest, "The Content-MD5 or checksum value that you specified did not match what the server received."},
	codeBadRequest:                      {http.StatusBadRequest, "Bad Request"},
	"BucketAlreadyExists":               {http.StatusConflict, "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again."},
	codeBucketOwnedByYou:                {http.StatusConflict, "Your previous request to create the named bucket succeeded and you already own it."},
	"BucketNotEmpty":                    {http.StatusConflict, "The bucket you tried to delete is not empty."},
	"ConditionalRequestConflict":        {http.StatusConflict, "The conditional request cannot succeed due to a conflicting operation against this resource."},
	codeEntityTooLarge:                  {http.StatusBadRequest, "Your proposed upload exceeds the maximum allowed object size."},
	"EntityTooSmall":                    {http.StatusBadRequest, "Your proposed upload is smaller than the minimum allowed size"},
	"ExpiredToken":                      {http.StatusBadRequest, "The provided token has expired."},
	codeIllegalVersioning:               {http.StatusBadRequest, "The versioning configuration specified in the request is invalid"},
	codeIncompleteBody:                  {http.StatusBadRequest, "You did not provide the number of bytes specified by the Content-Length HTTP header"},
	codeInsufficientStorage:             {http.StatusInsufficientStorage, "There is not enough free space to store the data."},
	codeInternalError:                   {http.StatusInternalServerError, "We encountered an internal error. Please try again."},
	"InvalidAccessKeyId":                {http.StatusForbidden, "The AWS Access Key Id you provided does not exist in our records."},
	codeInvalidArgument:                 {http.StatusBadRequest, "Invalid Argument"},
	"InvalidBucketName":                 {http.StatusBadRequest, "The specified bucket is not valid."},
	codeInvalidBucketState:              {http.StatusConflict, "The request is not valid with the current state of the bucket."},
	"InvalidChunkSizeError":             {http.StatusForbidden, "Only the last chunk is allowed to have a size less than 8192 bytes"},
	codeInvalidDigest:                   {http.StatusBadRequest, "The Content-MD5 you specified was invalid."},
	codeInvalidLocation:                 {http.StatusBadRequest, "The specified location-constraint is not valid"},
	codeInvalidEncryption:               {http.StatusBadRequest, "The encryption request that you specified is not valid. Supported value: AES256."},
	codeKMSNotFound:                     {http.StatusBadRequest, "The specified key does not exist."},
	codeKMSDisabled:                     {http.StatusBadRequest, "The specified key is disabled."},
	"InvalidObjectState":                {http.StatusForbidden, "The operation is not valid for the object's storage class"},
	"InvalidPart":                       {http.StatusBadRequest, "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."},
	codeInvalidPartNumber:               {http.StatusRequestedRangeNotSatisfiable, "The requested partnumber is not satisfiable"},
	"InvalidPartOrder":                  {http.StatusBadRequest, "The list of parts was not in ascending order. Parts must be ordered by part number."},
	codeInvalidRange:                    {http.StatusRequestedRangeNotSatisfiable, "The requested range is not satisfiable"},
	"InvalidPolicyDocument":             {http.StatusBadRequest, "The content of the form does not meet the conditions specified in the policy document."},
	"InvalidRedirectLocation":           {http.StatusBadRequest, "The website redirect location must have a prefix of 'http://' or 'https://' or '/'."},
	codeInvalidRequest:                  {http.StatusBadRequest, "Invalid Request"},
	codeInvalidStorageClass:             {http.StatusBadRequest, "The storage class you specified is not valid"},
	"UnexpectedContent":                 {http.StatusBadRequest, "This request does not support content"},
	codeInvalidTarget:                   {http.StatusBadRequest, "The target bucket for logging does not exist"},
	codeInvalidTag:                      {http.StatusBadRequest, "The tag provided was not a valid tag. This error can occur if the tag did not pass input validation."},
	"InvalidToken":                      {http.StatusBadRequest, "The provided token is malformed or otherwise invalid."},
	codeInvalidURI:                      {http.StatusBadRequest, "Couldn't parse the specified URI."},
	codeKeyTooLong:                      {http.StatusBadRequest, "Your key is too long"},
	"MalformedACLError":                 {http.StatusBadRequest, "The XML you provided was not well-formed or did not validate against our published schema"},
	codeMalformedPolicy:                 {http.StatusBadRequest, "Policies must be valid JSON and the first byte must be '{'"},
	codeMalformedPOST:                   {http.StatusBadRequest, "The body of your POST request is not well-formed multipart/form-data."},
	codeMalformedTrailer:                {http.StatusBadRequest, "The request contained trailing data that was not well-formed or did not conform to our published schema."},
	codeMalformedXML:                    {http.StatusBadRequest, "The XML you provided was not well-formed or did not validate against our published schema"},
	codeMaxPreData:                      {http.StatusBadRequest, "Your POST request fields preceding the upload file were too large."},
	codeMaxMessageLength:                {http.StatusBadRequest, "Your request was too big."},
	codeMetadataTooLarge:                {http.StatusBadRequest, "Your metadata headers exceed the maximum allowed metadata size"},
	codeMethodNotAllowed:                {http.StatusMethodNotAllowed, "The specified method is not allowed against this resource."},
	codeMissingContentLength:            {http.StatusLengthRequired, "You must provide the Content-Length HTTP header."},
	codeMissingBody:                     {http.StatusBadRequest, "Request Body is empty"},
	"MissingSecurityHeader":             {http.StatusBadRequest, "Your request was missing a required header"},
	"NoSuchBucket":                      {http.StatusNotFound, "The specified bucket does not exist"},
	codeNoSuchBucketPolicy:              {http.StatusNotFound, "The bucket policy does not exist"},
	codeNoMetadata:                      {http.StatusNotFound, "The metadata configuration does not exist."},
	codeNoMetadataTable:                 {http.StatusNotFound, "The metadata table configuration does not exist."},
	codeNoSuchConfiguration:             {http.StatusNotFound, "The specified configuration does not exist."},
	codeNoSuchCORS:                      {http.StatusNotFound, "The CORS configuration does not exist"},
	"NoSuchKey":                         {http.StatusNotFound, "The specified key does not exist."},
	codeNoSuchLifecycle:                 {http.StatusNotFound, "The lifecycle configuration does not exist"},
	codeNoSuchObjectLock:                {http.StatusNotFound, "The specified object does not have a ObjectLock configuration"},
	codeNoSuchPublicBlock:               {http.StatusNotFound, "The public access block configuration was not found"},
	codeNoSuchTagSet:                    {http.StatusNotFound, "The TagSet does not exist"},
	"NoSuchUpload":                      {http.StatusNotFound, "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."},
	"NoSuchVersion":                     {http.StatusNotFound, "The specified version does not exist."},
	codeNoSuchWebsite:                   {http.StatusNotFound, "The specified bucket does not have a website configuration"},
	codeNotImplemented:                  {http.StatusNotImplemented, "A header or sub-resource that you provided implies functionality that is not implemented."},
	codeNotModified:                     {http.StatusNotModified, "Not Modified"},
	codeObjectLockNotFound:              {http.StatusNotFound, "Object Lock configuration does not exist for this bucket"},
	codeNoSuchOwnership:                 {http.StatusNotFound, "The bucket ownership controls were not found"},
	codePreconditionFailed:              {http.StatusPreconditionFailed, "At least one of the pre-conditions you specified did not hold"},
	"QuotaExceeded":                     {http.StatusForbidden, "The quota of the bucket or of its owner would be exceeded."},
	codeReplicationNotFound:             {http.StatusNotFound, "The replication configuration was not found"},
	"RequestTimeTooSkewed":              {http.StatusForbidden, "The difference between the request time and the current time is too large."},
	codeRequestTimeout:                  {http.StatusBadRequest, "Your socket connection to the server was not read from or written to within the timeout period."},
	codeServiceUnavailable:              {http.StatusServiceUnavailable, "Service is unable to handle request."},
	codeEncryptionNotFound:              {http.StatusNotFound, "The server side encryption configuration was not found"},
	codeSlowDown:                        {http.StatusServiceUnavailable, "Please reduce your request rate."},
	"SignatureDoesNotMatch":             {http.StatusForbidden, "The request signature we calculated does not match the signature you provided. Check your key and signing method."},
	"SignatureVersionRequired":          {http.StatusBadRequest, "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."},
	"TooManyBuckets":                    {http.StatusBadRequest, "You have attempted to create more buckets than allowed"},
	"UnresolvableGrantByEmailAddress":   {http.StatusBadRequest, "The e-mail address you provided does not match any account on record."},
	codeUserKey:                         {http.StatusBadRequest, "The bucket POST must contain the specified field name. If it is specified, check the order of the fields."},
	"UserSuspended":                     {http.StatusForbidden, "The user is suspended."},
	"XAmzContentSHA256Mismatch":         {http.StatusBadRequest, "The provided 'x-amz-content-sha256' header does not match what was computed."},
}

// fault is an error on its way to the client.
type fault struct {
	code    code
	message string        // "" = the table's
	details []auth.Detail // further members of the XML document
	headers []auth.Detail // response headers, in canonical spelling
}

func (f *fault) Error() string {
	if f.message == "" {
		return string(f.code)
	}
	return string(f.code) + ": " + f.message
}

// text is the message for the client.
func (f *fault) text() string {
	if f.message == "" {
		return answers[f.code].message
	}
	return f.message
}

func (f *fault) Unwrap() error { return f.code }

func refusal(c code, message string, details ...auth.Detail) *fault {
	return &fault{code: c, message: message, details: details}
}

// badArgument is InvalidArgument with the members that Amazon adds.
func badArgument(name, value, message string) *fault {
	return refusal(codeInvalidArgument, message,
		auth.Detail{Name: "ArgumentName", Value: name}, auth.Detail{Name: "ArgumentValue", Value: value})
}

// notImplemented names what the client asked for in vain. Header is a member
// of Amazon's answer.
func notImplemented(header string) *fault {
	return refusal(codeNotImplemented, "A header you provided implies functionality that is not implemented: "+header+".",
		auth.Detail{Name: "Header", Value: header})
}
