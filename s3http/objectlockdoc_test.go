package s3http

import (
	"testing"

	"github.com/cofferstore/coffer/objstore"
)

// FuzzLockConfiguration checks that whatever is accepted is a retention that
// the engine can keep.
func FuzzLockConfiguration(f *testing.F) {
	f.Add([]byte(`<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>`))
	f.Add([]byte(`<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Years>-1</Years></DefaultRetention></Rule></ObjectLockConfiguration>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var doc lockConfiguration
		if parseDocument(data, "ObjectLockConfiguration", &doc) != nil {
			return
		}
		d, err := doc.retention()
		if err != nil || d == (objstore.DefaultRetention{}) {
			return
		}
		if !validMode(d.Mode) || (d.Days > 0) == (d.Years > 0) || d.Days < 0 || d.Years < 0 ||
			d.Days > objstore.MaxRetentionDays || d.Years > objstore.MaxRetentionYears {
			t.Errorf("accepted %+v", d)
		}
	})
}
