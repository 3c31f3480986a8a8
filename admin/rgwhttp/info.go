package rgwhttp

// backendName is what this server says where RGW names its backend ("rados").
const backendName = "coffer"

// info: GET /admin/info (since RGW 17, whose XML has the same root)
func (c *call) info() (*document, error) {
	id, err := c.h.admin.StoreID(c.ctx)
	if err != nil {
		return nil, err
	}
	backend := object{{"name", backendName}, {"cluster_id", id}}
	return &document{"dummy", object{{"info", object{{"storage_backends", list{item: "backend", items: []any{backend}}}}}}}, nil
}
