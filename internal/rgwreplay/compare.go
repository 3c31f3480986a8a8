package rgwreplay

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// volatile are members whose values are the recorded cluster's: ids, times,
// internal versions, markers.
var volatile = []string{
	"RequestId", "HostId", "zonegroup", "marker", "ver", "master_ver", "max_marker", "mtime", "creation_time",
	"num_shards", "bucket_id", "tag", "size_utilized", "size_kb_utilized",
	"last_stats_sync", "last_stats_update", "RoleId", "CreateDate",
}

var (
	randomKey    = regexp.MustCompile(`^[A-Z0-9]{20}$`)
	bucketRef    = regexp.MustCompile(`^([0-9a-f-]{36}\.[0-9]+\.[0-9]+|[0-9a-f]{32})$`)
	randomSecret = regexp.MustCompile(`^[A-Za-z0-9]{40}$`)
)

// Differences tells in which respects an answer is not the recorded one: status,
// content type where the recorded one has one, members of the document. Lists
// are compared without regard to order.
func (e *Exchange) Differences(resp *http.Response) ([]string, error) {
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var found []string
	if resp.StatusCode != e.Status {
		found = append(found, fmt.Sprintf("status %d, recorded %d", resp.StatusCode, e.Status))
	}
	kind := e.AnswerHeader.Get("Content-Type")
	if got := resp.Header.Get("Content-Type"); kind != "" && got != kind {
		found = append(found, fmt.Sprintf("content type %q, recorded %q", got, kind))
	}
	want, err := canonical(kind, []byte(e.Answer))
	if err != nil {
		return nil, fmt.Errorf("recorded body: %w", err)
	}
	got, err := canonical(kind, body)
	if err != nil {
		return append(found, fmt.Sprintf("body cannot be read: %v", err)), nil
	}
	if want != got {
		found = append(found, "body\n"+got+"\nrecorded\n"+want)
	}
	return found, nil
}

// canonical writes a document so that equal ones are equal texts.
func canonical(contentType string, body []byte) (string, error) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return "", nil
	}
	if strings.Contains(contentType, "xml") {
		return canonicalXML(body)
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return "", err
	}
	out, err := json.MarshalIndent(masked("", v), "", " ")
	return string(out), err
}

// masked replaces what is not compared and sorts lists.
func masked(name string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, item := range v {
			v[k] = masked(k, item)
		}
	case []any:
		for i, item := range v {
			v[i] = masked("", item)
		}
		slices.SortFunc(v, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	case string:
		return maskedText(name, v)
	case float64:
		if slices.Contains(volatile, name) {
			return "*"
		}
	}
	return v
}

func maskedText(name, s string) string {
	switch {
	case slices.Contains(volatile, name),
		name == "id" && bucketRef.MatchString(s),
		name == "access_key" && randomKey.MatchString(s),
		name == "secret_key" && randomSecret.MatchString(s):
		return "*"
	}
	return s
}

// canonicalXML writes an element a line, siblings sorted.
func canonicalXML(body []byte) (string, error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return "", ErrFormat
		}
		if err != nil {
			return "", err
		}
		if start, ok := t.(xml.StartElement); ok {
			return element(d, start, "")
		}
	}
}

func element(d *xml.Decoder, start xml.StartElement, indent string) (string, error) {
	var children []string
	var text strings.Builder
	for {
		t, err := d.Token()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.CharData:
			text.Write(t)
		case xml.StartElement:
			child, err := element(d, t, indent+" ")
			if err != nil {
				return "", err
			}
			children = append(children, child)
		case xml.EndElement:
			slices.Sort(children)
			return indent + start.Name.Local + "=" + maskedText(start.Name.Local, strings.TrimSpace(text.String())) + "\n" + strings.Join(children, ""), nil
		}
	}
}
