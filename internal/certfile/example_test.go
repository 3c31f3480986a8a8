package certfile_test

import (
	"crypto/tls"
	"fmt"

	"github.com/cofferstore/coffer/internal/certfile"
)

func Example() {
	pair, err := certfile.Load("/etc/coffer/tls.crt", "/etc/coffer/missing.key", nil)
	if err != nil {
		fmt.Println("no TLS")
		return
	}
	config := &tls.Config{GetCertificate: pair.Certificate}
	fmt.Println(config.MinVersion)
	// Output: no TLS
}
