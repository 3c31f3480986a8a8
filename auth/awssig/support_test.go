package awssig_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/awssig"
)

// keys is a directory in memory.
type keys map[string]auth.Key

func (k keys) Key(_ context.Context, accessKey string) (auth.Key, error) {
	if key, ok := k[accessKey]; ok {
		return key, nil
	}
	return auth.Key{}, &auth.Error{Reason: auth.ErrInvalidAccessKeyID}
}

// detail returns a member of a refusal.
func detail(err error, name string) string {
	var e *auth.Error
	if errors.As(err, &e) {
		for _, d := range e.Details {
			if d.Name == name {
				return d.Value
			}
		}
	}
	return ""
}

func clock(t time.Time) func() time.Time { return func() time.Time { return t } }

// base64Of is the standard encoding of b.
func base64Of(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// httpChunk is body in the transfer coding of HTTP/1.1.
func httpChunk(body string) string {
	return fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
}

const maxWeek = 7 * 24 * time.Hour

func exampleCredentials() awssig.Credentials {
	return awssig.Credentials{AccessKey: exampleKey, Secret: exampleSecret}
}

func exampleScope() awssig.Scope {
	return awssig.Scope{Time: exampleTime(), Region: "us-east-1", Service: "s3"}
}
