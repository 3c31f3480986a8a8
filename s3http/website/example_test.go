package website_test

import (
	"fmt"

	"github.com/cofferstore/coffer/s3http/website"
)

func ExampleConfig_Redirect() {
	c, err := website.Parse([]byte(`<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument>
	  <RoutingRules><RoutingRule><Condition><KeyPrefixEquals>docs/</KeyPrefixEquals></Condition>
	  <Redirect><ReplaceKeyPrefixWith>documents/</ReplaceKeyPrefixWith></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>`))
	if err != nil {
		fmt.Println(err)
		return
	}
	target, _ := c.Redirect(website.Request{Scheme: "http", Host: "site.example.com", Key: "docs/a.html"}, 0)
	fmt.Println(target.Status, target.URL)
	fmt.Println(c.Document("news/"))
	// Output:
	// 301 http://site.example.com/documents/a.html
	// news/index.html
}
