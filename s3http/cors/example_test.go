package cors_test

import (
	"fmt"

	"github.com/cofferstore/coffer/s3http/cors"
)

func ExampleConfig_Match() {
	c, err := cors.Parse([]byte(`<CORSConfiguration><CORSRule>
	  <AllowedOrigin>https://*.example.com</AllowedOrigin><AllowedMethod>PUT</AllowedMethod><AllowedHeader>x-amz-*</AllowedHeader>
	</CORSRule></CORSConfiguration>`))
	if err != nil {
		fmt.Println(err)
		return
	}
	r := c.Match("https://app.example.com", "PUT", []string{"X-Amz-Date"})
	fmt.Println(r.Answer("https://app.example.com", nil)[0].Value)
	// Output: https://app.example.com
}
