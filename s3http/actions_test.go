package s3http

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cofferstore/coffer/auth/policy"
)

// What an operation needs a right for, a policy must be able to give.
func TestPoliciesKnowTheActions(t *testing.T) {
	known := policy.Actions()
	for _, r := range newRouter().routes {
		for _, action := range []string{r.Action, r.VersionAction} {
			if strings.HasPrefix(action, "s3:") {
				assert.True(t, slices.Contains(known, action), "%s: %s", r.Name, action)
			}
		}
	}
}
