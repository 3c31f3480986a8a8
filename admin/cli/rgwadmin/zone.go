package rgwadmin

import "github.com/cofferstore/coffer/admin/rgwdoc"

// zoneName is the name and id of the one zone and the one zone group, as of a
// gateway that was not set up for several sites.
const zoneName = "default"

// pools are the members in which a zone names pools of a cluster. They are
// empty: there are none.
var pools = []string{
	"domain_root", "control_pool", "gc_pool", "lc_pool", "log_pool", "intent_log_pool", "usage_log_pool", "roles_pool",
	"reshard_pool", "user_keys_pool", "user_email_pool", "user_swift_pool", "user_uid_pool", "otp_pool",
}

// zoneGet: zone get
func (c *call) zoneGet() error {
	o := object{field("id", zoneName), field("name", zoneName)}
	for _, name := range pools {
		o = append(o, field(name, ""))
	}
	classes := object{field("STANDARD", object{field("data_pool", "")})}
	placement := object{field("key", onlyPlacement), field("val", object{
		field("index_pool", ""), field("storage_classes", classes), field("data_extra_pool", ""), field("index_type", 0),
	})}
	return c.show("zone", append(o, object{
		field("system_key", object{field("access_key", ""), field("secret_key", "")}),
		field("placement_pools", list{Item: "entry", Items: []any{placement}}),
		field("realm_id", ""), field("notif_pool", ""),
	}...))
}

// zonegroupGet: zonegroup get
func (c *call) zonegroupGet() error {
	none := list{Item: "entry"}
	zone := object{
		field("id", zoneName), field("name", zoneName), field("endpoints", none), field("log_meta", "false"), field("log_data", "false"),
		field("bucket_index_max_shards", 0), field("read_only", "false"), field("tier_type", ""),
		field("sync_from_all", "true"), field("sync_from", none), field("redirect_zone", ""),
	}
	target := object{
		field("name", onlyPlacement), field("tags", none), field("storage_classes", rgwdoc.Strings("class", []string{"STANDARD"})),
	}
	return c.show("zonegroup", object{
		field("id", zoneName), field("name", zoneName), field("api_name", c.opt.Region), field("is_master", "true"),
		field("endpoints", none), field("hostnames", rgwdoc.Strings("hostname", c.opt.Domains)),
		field("hostnames_s3website", rgwdoc.Strings("hostname", c.opt.Websites)), field("master_zone", zoneName),
		field("zones", list{Item: "zone", Items: []any{zone}}),
		field("placement_targets", list{Item: "placement_target", Items: []any{target}}),
		field("default_placement", onlyPlacement), field("realm_id", ""), field("sync_policy", object{field("groups", none)}),
	})
}
