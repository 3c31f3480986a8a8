package s3info

import (
	"fmt"
	"strings"

	"github.com/cofferstore/coffer/auth/iam"
)

const usage = `Usage: s3info [keys] [--machine-output]

Prints your S3 credentials: access key, secret key and the address by which
others grant you access to their buckets.

    keys              the keys only, without the address
    --machine-output  access key, one blank and secret key in one line
    --help            this text
`

// request is what the arguments ask for.
type request struct{ keys, machine, help bool }

func parse(args []string) (request, error) {
	var r request
	for _, arg := range args {
		switch {
		case arg == "keys" && !r.keys:
			r.keys = true
		case arg == "--machine-output":
			r.machine = true
		case arg == "--help" || arg == "-h":
			r.help = true
		default:
			return request{}, fmt.Errorf("unknown argument %q", arg)
		}
	}
	return r, nil
}

// text is what the tool prints.
func (r request) text(u *iam.Account, k *iam.AccountKey) string {
	var b strings.Builder
	if r.machine {
		fmt.Fprintf(&b, "%s %s\n", k.AccessKey, k.Secret)
		return b.String()
	}
	fmt.Fprintf(&b, "Access key: %s\nSecret key: %s\n", k.AccessKey, k.Secret)
	if !r.keys && u.Email != "" {
		fmt.Fprintf(&b, "Sharing address: %s\n", u.Email)
	}
	return b.String()
}
