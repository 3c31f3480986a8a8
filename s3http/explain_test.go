package s3http

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/sse"
)

// constantsOf reads the string constants of a type from a source file, so that
// one that is added later is tested as well.
func constantsOf(t *testing.T, file, typeName string) []string {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	require.NoError(t, err)
	var values []string
	ast.Inspect(tree, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if id, ok := spec.Type.(*ast.Ident); ok && id.Name == typeName && len(spec.Values) == 1 {
			v, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			values = append(values, v)
		}
		return true
	})
	require.NotEmpty(t, values, file)
	return values
}

func TestEveryCodeHasAnAnswer(t *testing.T) {
	for _, v := range constantsOf(t, "errors.go", "code") {
		a, ok := answers[code(v)]
		assert.True(t, ok, "%s has no answer", v)
		assert.NotEmpty(t, a.message, v)
		assert.True(t, a.status >= 300 && a.status < 600, "%s: %d", v, a.status)
	}
	for _, v := range constantsOf(t, "../objstore/errors.go", "Code") {
		f := explain(&objstore.Error{Op: "Put", Err: fmt.Errorf("further: %w", objstore.Code(v))})
		assert.Contains(t, answers, f.code, "objstore.%s", v)
		switch objstore.Code(v) {
		case objstore.ErrInvalidStorageStructure, objstore.ErrNoSuchDocument:
			assert.Equal(t, codeInternalError, f.code, v)
		case objstore.ErrDeleteMarker:
			assert.Equal(t, codeMethodNotAllowed, f.code, v)
		case objstore.ErrMFARequired, objstore.ErrEncryptionKeyWrong:
			assert.Equal(t, codeAccessDenied, f.code, v)
		case objstore.ErrEncryptionKeyMissing, objstore.ErrEncryptionKeyMismatch, objstore.ErrEncryptionKeyUnused:
			assert.Equal(t, codeInvalidRequest, f.code, v)
			assert.NotEmpty(t, f.message, v)
		case objstore.ErrEncryptionNotConfigured:
			assert.Equal(t, codeNotImplemented, f.code, v)
		default:
			assert.Equal(t, code(v), f.code, "an S3 code stays what it is")
		}
	}
	for _, v := range constantsOf(t, "../objstore/sse/errors.go", "Error") {
		assert.Contains(t, answers, explain(fmt.Errorf("further: %w", sse.Error(v))).code, "sse.%s", v)
	}
	for _, v := range constantsOf(t, "../auth/errors.go", "Reason") {
		f := explain(&auth.Error{Reason: auth.Reason(v)})
		assert.Contains(t, answers, f.code, "auth.%s", v)
		switch auth.Reason(v) {
		case auth.ErrNoCredentials, auth.ErrExpiredRequest, auth.ErrMissingDate, auth.ErrUserDisabled:
			assert.Equal(t, codeAccessDenied, f.code, v)
		default:
			assert.Equal(t, code(v), f.code, v)
		}
	}
	for name, co := range unsetCodes {
		assert.Contains(t, answers, co, name)
	}
}

func TestExplain(t *testing.T) {
	for _, tc := range []struct {
		err  error
		want code
		why  string
	}{
		{&objstore.Error{Err: objstore.ErrBucketExists, Owned: true}, codeBucketOwnedByYou, "one's own bucket"},
		{&objstore.Error{Err: &auth.Error{Reason: auth.ErrContentSHA256Mismatch}}, "XAmzContentSHA256Mismatch", "what a verifying body says comes through the engine"},
		{&objstore.Error{Err: refusal(codeBadDigest, "")}, codeBadDigest, "what a sum says comes through the engine"},
		{&objstore.Error{Err: io.ErrUnexpectedEOF}, codeIncompleteBody, "net/http saw the connection end"},
		{&objstore.Error{Err: os.ErrDeadlineExceeded}, codeRequestTimeout, "a client that is too slow"},
		{&objstore.Error{Err: &http.MaxBytesError{Limit: 1}}, codeEntityTooLarge, "a limit of the server's"},
		{&objstore.Error{Err: driver.ErrNoSpace}, codeInsufficientStorage, "the disk is full"},
		{&objstore.Error{Err: driver.ErrClosed}, codeServiceUnavailable, "the server is stopping"},
		{&objstore.Error{Err: context.Canceled}, codeServiceUnavailable, "the request was given up"},
		{&objstore.Error{Err: driver.ErrOutcomeUnknown}, codeInternalError, "it may be repeated"},
		{auth.ErrAccessDenied, codeAccessDenied, "a bare reason"},
		{objstore.ErrNoSuchKey, "NoSuchKey", "a bare code"},
		{&auth.Error{Reason: "Strange"}, codeAccessDenied, "an unknown reason lets nobody in"},
		{&objstore.Error{Err: objstore.Code("Strange")}, codeInternalError, "an unknown code"},
		{errors.New("disk on fire"), codeInternalError, "anything else is not the client's business"},
	} {
		f := explain(tc.err)
		assert.Equal(t, tc.want, f.code, "%v: %s", tc.err, tc.why)
		assert.NotContains(t, f.text(), "fire", "inner texts stay inside")
	}
}
