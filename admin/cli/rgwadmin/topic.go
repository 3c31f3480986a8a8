package rgwadmin

import "github.com/cofferstore/coffer/admin/rgwdoc"

// topicList: topic list. Nothing makes topics yet.
func (c *call) topicList() error {
	return c.show("result", object{field("topics", rgwdoc.Strings("topic", nil))})
}

// topicGet: topic get
func (c *call) topicGet() error { return c.noTopic("get") }

// topicRemove: topic rm
func (c *call) topicRemove() error { return c.noTopic("remove") }

func (c *call) noTopic(verb string) error {
	if c.get("topic") == "" {
		return fail(exitInvalid, "ERROR: topic name was not provided (via --topic)")
	}
	return fail(exitNotThere, "ERROR: could not %s topic: %s", verb, errno(exitNotThere))
}
