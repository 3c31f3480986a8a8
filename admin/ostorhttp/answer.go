package ostorhttp

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/http"
)

// Answers without a body.
type (
	done    struct{} // 200
	removed struct{} // 204
)

// answer answers the request.
func (c *call) answer(v any) {
	var body []byte
	switch v.(type) {
	case removed:
		c.W.WriteHeader(http.StatusNoContent)
		return
	case done:
	default:
		var err error
		if body, err = encodeJSON(v); err != nil {
			c.refuse(err)
			return
		}
	}
	c.Send(http.StatusOK, "application/json", body)
}

func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// errorDocument is the body of an error.
type errorDocument struct {
	XMLName   xml.Name `xml:"Error"`
	Code      string
	Message   string
	Resource  string
	RequestID string `xml:"RequestId"`
}

// refuse answers with an error. It is the only place that does.
func (c *call) refuse(err error) {
	f := explain(err)
	status := answers[f.code].status
	c.Refused(status, string(f.code), err)
	body, _ := xml.Marshal(errorDocument{ // strings always encode
		Code: string(f.code), Message: f.text(), Resource: "/", RequestID: c.RequestID,
	})
	h := c.W.Header()
	h.Set("X-Amz-Err-Code", string(f.code))
	h.Set("X-Amz-Err-Message", f.text())
	if f.allow != "" {
		h.Set("Allow", f.allow)
	}
	c.Send(status, "application/xml", append([]byte(xml.Header), body...))
}
