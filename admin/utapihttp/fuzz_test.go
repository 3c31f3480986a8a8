package utapihttp

import (
	"net/url"
	"testing"
	"time"
)

func FuzzParseRequest(f *testing.F) {
	f.Add("POST", "/buckets", "Action=ListMetrics&Version=20160815", `{"buckets": ["utapi-bucket"], "timeRange": [1501545600000, 1509494399999]}`)
	f.Add("POST", "/", "Action=ListRecentMetrics", `{"service":["s3"]}`)
	f.Add("POST", "/users", "Action=ListMetrics", `{"users":[""],"timeRange":[9e15]}`)
	f.Add("GET", "/%00", "%zz", "null")
	now := time.Date(2017, 9, 15, 12, 7, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		q, err := parseRequest(method, &url.URL{Path: path, RawQuery: query}, []byte(body), now)
		if err != nil {
			if s := explain(err).status; s < 400 || s > 501 || s == 500 {
				t.Errorf("%v is answered with status %d", err, s)
			}
			return
		}
		if method != "POST" || len(q.names) == 0 || q.times.End.Before(q.times.Start) || q.times.Start.UnixMilli() < 0 ||
			q.times.Start.UnixMilli()%900_000 != 0 {
			t.Errorf("accepted: %+v", q)
		}
	})
}
