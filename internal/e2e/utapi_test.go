package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const interval = int64(15 * time.Minute / time.Millisecond)

// utapiAnswer is what the clients of utilization metrics print.
type utapiAnswer struct {
	Status int
	Type   string
	Answer []struct {
		TimeRange, StorageUtilized, NumberOfObjects [2]int64
		IncomingBytes, OutgoingBytes                int64
		Operations                                  map[string]int64
		BucketName                                  string
	}
}

// TestUtilizationMetrics carries out the integration note of UTAPI with its two
// languages: on the listener of its own and beside S3.
func TestUtilizationMetrics(t *testing.T) {
	s := serve(t, "--utapi-listen", "127.0.0.1:0")
	clients := map[string]func(t *testing.T) (string, string){
		"node": func(t *testing.T) (string, string) { return node(t, "utapi", "client.js") },
		"python": func(t *testing.T) (string, string) {
			python := tool(t, cmp.Or(os.Getenv("COFFER_E2E_PYTHON"), "python3"))
			if out, err := (shell{python, nil}).try(t, "-c", "import boto3"); err != nil {
				missing(t, "boto3 is not installed: "+out)
			}
			script, err := filepath.Abs(filepath.Join("testdata", "utapi", "client.py"))
			require.NoError(t, err)
			return python, script
		},
	}
	for name, client := range clients {
		for where, at := range map[string]string{"own listener": s.utapi, "beside S3": s.url} {
			t.Run(name+", "+where, func(t *testing.T) {
				program, script := client(t)
				bucket := bucketName()
				now := time.Now().UnixMilli()
				start, end := now-now%interval-interval, now-now%interval+4*interval-1
				out := shell{program, nil}.run(t, script, s.url, at, accessKey, secretKey, bucket, fmt.Sprint(start), fmt.Sprint(end))
				var got utapiAnswer
				require.NoError(t, json.Unmarshal([]byte(out), &got), "%s", out)
				assert.Equal(t, 200, got.Status)
				assert.Equal(t, "application/json", got.Type)
				require.Len(t, got.Answer, 1)
				m := got.Answer[0]
				assert.Equal(t, bucket, m.BucketName)
				assert.Equal(t, [2]int64{start, end}, m.TimeRange)
				assert.Equal(t, [2]int64{0, 104857600}, m.StorageUtilized)
				assert.Equal(t, [2]int64{0, 1}, m.NumberOfObjects)
				assert.EqualValues(t, 104857600, m.IncomingBytes)
				assert.Zero(t, m.OutgoingBytes)
				assert.Len(t, m.Operations, 56)
				for name, n := range m.Operations {
					want := map[string]int64{"s3:CreateBucket": 1, "s3:PutObject": 1}[name]
					assert.Equal(t, want, n, name)
				}
			})
		}
	}
}

// TestUtilizationMetricsWithCurl is the example of the documentation.
func TestUtilizationMetricsWithCurl(t *testing.T) {
	curl := shell{tool(t, "curl"), nil}
	s := serve(t)
	sign := []string{"-s", "-f", "-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD", "--aws-sigv4", "aws:amz:us-east-1:s3", "--user", accessKey + ":" + secretKey}
	curl.run(t, append(sign, "-X", "PUT", s.url+"/photos")...)
	out := curl.run(t, append(sign, "-d", `{"buckets": ["photos"]}`, s.url+"/buckets?Action=ListRecentMetrics")...)
	assert.Contains(t, out, `"s3:CreateBucket":1`)
}
