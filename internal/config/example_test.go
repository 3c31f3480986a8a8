package config_test

import (
	"fmt"

	"github.com/cofferstore/coffer/internal/config"
)

func Example() {
	settings, server := config.ServerSettings()
	args := []string{"--listen=127.0.0.1:0"}
	env := []string{"COFFER_REGION=eu-central-1", "COFFER_LISTEN=:80"}
	if err := config.Load(settings, args, env); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(server.Listen, server.Region)
	// Output: 127.0.0.1:0 eu-central-1
}
