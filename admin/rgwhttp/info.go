package rgwhttp

import "github.com/cofferstore/coffer/admin/rgwdoc"

// backendName is what this server says where RGW names its backend ("rados").
const backendName = "coffer"

// info: GET /admin/info (since RGW 17, whose XML has the same root)
func (c *call) info() (*rgwdoc.Document, error) {
	id, err := c.h.admin.StoreID(c.ctx)
	if err != nil {
		return nil, err
	}
	backend := object{field("name", backendName), field("cluster_id", id)}
	backends := list{Item: "backend", Items: []any{backend}}
	return newDocument("dummy", object{field("info", object{field("storage_backends", backends)})}), nil
}
