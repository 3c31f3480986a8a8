package listmetrics

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cofferstore/coffer/auth/awssig"
)

// request makes the signed request.
func (c *command) request(ctx context.Context, now time.Time) (*http.Request, error) {
	question := map[string]any{c.metric: c.list()}
	scheme, action := "http", "ListMetrics"
	if c.recent {
		action = "ListRecentMetrics"
	} else {
		question["timeRange"] = c.times
	}
	if c.secure {
		scheme = "https"
	}
	body, err := json.Marshal(question)
	if err != nil {
		return nil, err
	}
	url := scheme + "://" + net.JoinHostPort(c.host, c.port) + "/" + c.metric + "?Action=" + action
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Cache-Control", "no-cache")
	sum := sha256.Sum256(body)
	awssig.SignV4(r, awssig.Credentials{AccessKey: c.accessKey, Secret: c.secretKey},
		awssig.Scope{Time: now, Region: "us-east-1", Service: "s3"}, hex.EncodeToString(sum[:]))
	return r, nil
}

// client does not verify certificates, as the tool of scality/cloudserver does
// not: the secret is never sent.
func (c *command) client() *http.Client {
	t := &http.Transport{Proxy: http.ProxyFromEnvironment}
	if c.secure {
		t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true}
	}
	return &http.Client{Transport: t}
}

// redacted returns headers without the signature, which is good for a while.
func redacted(h http.Header) http.Header {
	h = h.Clone()
	shown, _, _ := strings.Cut(h.Get("Authorization"), ", Signature=")
	h.Set("Authorization", shown+", Signature=REDACTED")
	return h
}

func writeHeader(w io.Writer, what string, h http.Header) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		fmt.Fprintf(w, "%s header: %s: %s\n", what, strings.ToLower(name), strings.Join(h[name], ", "))
	}
}
