package s3http

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cofferstore/coffer/auth/policy"
)

// What an operation on a bucket needs a right for, a bucket policy must be able
// to give. No bucket policy speaks of a whole account.
func TestPoliciesKnowTheActions(t *testing.T) {
	known := policy.Actions()
	for _, r := range newRouter().routes {
		if r.Path == pathPublicBlock {
			continue
		}
		for _, action := range []string{r.Action, r.VersionAction} {
			if strings.HasPrefix(action, "s3:") {
				assert.True(t, slices.Contains(known, action), "%s: %s", r.Name, action)
			}
		}
	}
}
