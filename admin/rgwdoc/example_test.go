package rgwdoc_test

import (
	"fmt"

	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/quota"
)

func Example() {
	q := quota.Spec{Enabled: true, MaxBytes: 1500, MaxObjects: quota.Unlimited}
	doc := rgwdoc.Document{Root: "user_quota", Body: rgwdoc.Quota(q)}
	fmt.Println(string(doc.JSON()))
	fmt.Println(string(doc.XML()))
	// Output:
	// {"enabled":true,"check_on_raw":false,"max_size":1500,"max_size_kb":2,"max_objects":-1}
	// <user_quota><enabled>true</enabled><check_on_raw>false</check_on_raw><max_size>1500</max_size><max_size_kb>2</max_size_kb><max_objects>-1</max_objects></user_quota>
}
