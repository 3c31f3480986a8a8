package rgwadmin

import (
	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/objstore"
)

// gcList: gc list shows what the next sweep removes, with --include-all also
// what has not waited long enough yet.
func (c *call) gcList() error {
	limit, err := c.entries()
	if err != nil {
		return err
	}
	waiting, err := c.service.Trash(c.ctx, limit, !c.on("include-all", false))
	if err != nil {
		return err
	}
	return c.show("entries", rgwdoc.ListOf("chain_info", waiting, func(t objstore.Trash) any {
		blob := object{field("pool", ""), field("oid", t.Blob.String()), field("key", ""), field("instance", "")}
		return object{
			field("tag", t.Blob.String()), field("time", t.Due.Format(rgwdoc.TimeFormat)),
			field("objs", list{Item: "obj", Items: []any{blob}}),
		}
	}))
}

// gcProcess: gc process sweeps now. What has not waited long enough stays: it may
// be read by requests that began before it was deleted.
func (c *call) gcProcess() error {
	_, err := c.service.Sweep(c.ctx)
	return err
}
