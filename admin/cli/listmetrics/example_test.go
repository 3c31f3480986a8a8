package listmetrics_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"

	"github.com/cofferstore/coffer/admin/cli"
	"github.com/cofferstore/coffer/admin/cli/listmetrics"
)

func Example() {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		question, _ := io.ReadAll(r.Body)
		fmt.Println(r.URL, string(question))
		fmt.Fprint(w, `[{"bucketName":"photos"}]`)
	}))
	defer srv.Close()
	at, _ := url.Parse(srv.URL)
	exit := listmetrics.New(nil)(context.Background(), &cli.Invocation{
		Args: []string{"-m", "buckets", "--buckets", "photos", "-s", "1476231300000", "-a", "KEY", "-k", "SECRET",
			"-h", at.Hostname(), "-p", at.Port()},
		Stdout: os.Stdout, Stderr: os.Stderr,
	})
	fmt.Println("exit", exit)
	// Output:
	// /buckets?Action=ListMetrics {"buckets":["photos"],"timeRange":[1476231300000]}
	// [
	//   {
	//     "bucketName": "photos"
	//   }
	// ]
	// exit 0
}
