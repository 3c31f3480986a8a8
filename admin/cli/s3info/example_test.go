package s3info_test

import (
	"context"
	"fmt"
	"os"

	"github.com/cofferstore/coffer/admin/cli"
	"github.com/cofferstore/coffer/admin/cli/s3info"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore/memengine"
)

// The user juser of the operating system sees the keys of the S3 user with the
// address juser@umn.edu.
func Example() {
	ctx := context.Background()
	users, err := iam.Open(memengine.NewIndex(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	juser := iam.Account{User: iam.User{UserID: iam.UserID{UID: "juser"}, Email: "juser@umn.edu"}, Keys: []iam.AccountKey{
		{AccessKey: "QPBEF6DD3AUY97V89DCH", Secret: "Zcl6xbjQSloQRp2tEdkUdZjPtOdJvN4hWgUH0j6h"},
	}}
	if _, err := users.CreateAccount(ctx, juser); err != nil {
		fmt.Println(err)
		return
	}
	tool, err := s3info.New(users, &s3info.Options{Domain: "umn.edu"})
	if err != nil {
		fmt.Println(err)
		return
	}
	tool(ctx, &cli.Invocation{User: "juser", Stdout: os.Stdout, Stderr: os.Stderr})
	tool(ctx, &cli.Invocation{User: "juser", Args: []string{"keys", "--machine-output"}, Stdout: os.Stdout, Stderr: os.Stderr})
	// Output:
	// Access key: QPBEF6DD3AUY97V89DCH
	// Secret key: Zcl6xbjQSloQRp2tEdkUdZjPtOdJvN4hWgUH0j6h
	// Sharing address: juser@umn.edu
	// QPBEF6DD3AUY97V89DCH Zcl6xbjQSloQRp2tEdkUdZjPtOdJvN4hWgUH0j6h
}
