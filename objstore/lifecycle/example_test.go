package lifecycle_test

import (
	"fmt"
	"time"

	"github.com/cofferstore/coffer/objstore/lifecycle"
)

func ExampleConfig_Version() {
	c, err := lifecycle.Parse([]byte(`<LifecycleConfiguration><Rule><ID>logs</ID><Status>Enabled</Status>
	  <Filter><Prefix>logs/</Prefix></Filter><Expiration><Days>30</Days></Expiration></Rule></LifecycleConfiguration>`))
	if err != nil {
		fmt.Println(err)
		return
	}
	written := time.Date(2026, 1, 1, 15, 0, 0, 0, time.UTC)
	a := c.Version(&lifecycle.Version{Key: "logs/1", ModTime: written, Latest: true}, lifecycle.Calendar{})
	fmt.Println(a.Kind, a.Rule, a.At.Format(time.RFC3339))
	// Output: expire logs 2026-02-01T00:00:00Z
}
