package auth_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
)

// answers is a Verifier that always gives the same answer and counts.
type answers struct {
	id    *auth.Identity
	err   error
	asked *int
}

func (a answers) Verify(*http.Request) (*auth.Identity, error) {
	*a.asked++
	return a.id, a.err
}

func TestChain(t *testing.T) {
	alice := &auth.Identity{Principal: auth.Principal{ID: "alice"}}
	broken := errors.New("directory is down")
	tests := []struct {
		why     string
		answers []answers
		id      *auth.Identity
		err     error
		asked   int
	}{
		{"the first that knows the credentials answers", []answers{{id: alice}, {err: broken}}, alice, nil, 1},
		{"one that knows none is passed over", []answers{{err: auth.ErrNoCredentials}, {id: alice}}, alice, nil, 2},
		{"also when it says so in more words", []answers{{err: fmt.Errorf("v4: %w", &auth.Error{Reason: auth.ErrNoCredentials})}, {id: alice}}, alice, nil, 2},
		{"a refusal is final: nobody further down may say otherwise", []answers{{err: &auth.Error{Reason: auth.ErrSignatureDoesNotMatch}}, {id: alice}}, nil, auth.ErrSignatureDoesNotMatch, 1},
		{"so is a fault", []answers{{err: broken}, {id: alice}}, nil, broken, 1},
		{"without credentials there is no identity", []answers{{err: auth.ErrNoCredentials}}, nil, auth.ErrNoCredentials, 1},
		{"an empty chain knows nobody", nil, nil, auth.ErrNoCredentials, 0},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			asked := 0
			var vs []auth.Verifier
			for _, a := range tt.answers {
				a.asked = &asked
				vs = append(vs, a)
			}
			id, err := auth.Chain(vs...).Verify(&http.Request{})
			assert.Equal(t, tt.id, id)
			if tt.err == nil {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, tt.err)
			}
			assert.Equal(t, tt.asked, asked)
		})
	}
}

func TestError(t *testing.T) {
	err := fmt.Errorf("verify: %w", &auth.Error{Reason: auth.ErrAccessDenied, Details: []auth.Detail{{Name: "Token-0", Value: "secret"}}})
	assert.True(t, auth.Is(err, auth.ErrAccessDenied))
	assert.False(t, auth.Is(err, auth.ErrExpiredToken))
	assert.EqualError(t, err, "verify: AccessDenied", "details are for the caller, not for logs")
	assert.EqualError(t, &auth.Error{Reason: auth.ErrMissingDate, Message: "no date"}, "MissingDate: no date")
	var e *auth.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, "secret", e.Details[0].Value)
}
