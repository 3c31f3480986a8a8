package main

import (
	"context"
	"fmt"
	"os"
)

func Example() {
	code := run(context.Background(), []string{"help"}, nil, os.Stdout, os.Stderr)
	fmt.Println("exit code", code)
	// Output:
	// Coffer is an object store that speaks S3.
	//
	//     coffer serve          run the server
	//     coffer check          examine a stopped store
	//     coffer key            manage the master keys of server-side encryption
	//     coffer health         ask a running server whether it is ready
	//     coffer version        print the version
	//
	// Tools of the administration, also by their own names when the binary is linked so:
	//
	//     coffer admin          radosgw-admin: users, keys, quotas, buckets, usage as in Ceph's RGW
	//     coffer ostor          ostor-s3-admin: users, accounts, limits, quotas as in Virtuozzo's object storage
	//     coffer ostor-ctl      ostor-ctl: what scripts for that ask of the storage below
	//     coffer s3info         s3info: the S3 credentials of the user who runs it
	//     coffer metrics        list_metrics: utilization metrics, from any server of the protocol
	//     coffer bucket-metrics list_bucket_metrics: the same of buckets, with options of old
	//
	// Each command has --help.
	// exit code 0
}
