package ostorhttp

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"log/slog"
	"net/http"
	"strconv"
)

// Answers without a body.
type (
	done    struct{} // 200
	removed struct{} // 204
)

// send answers the request.
func (c *call) send(v any) {
	h := c.w.Header()
	var body []byte
	switch v.(type) {
	case removed:
		c.w.WriteHeader(http.StatusNoContent)
		return
	case done:
	default:
		var err error
		if body, err = encodeJSON(v); err != nil {
			c.refuse(err)
			return
		}
	}
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(body) // a client that is gone needs no answer
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
	if f.code == codeInternalError {
		c.h.logger.LogAttrs(c.ctx, slog.LevelError, "request failed",
			slog.String("request_id", c.requestID), slog.Any("error", err))
	}
	if c.entry != nil {
		c.entry.ErrorCode = string(f.code)
	}
	body, _ := xml.Marshal(errorDocument{ // strings always encode
		Code: string(f.code), Message: f.text(), Resource: "/", RequestID: c.requestID,
	})
	body = append([]byte(xml.Header), body...)
	h := c.w.Header()
	h.Set("X-Amz-Err-Code", string(f.code))
	h.Set("X-Amz-Err-Message", f.text())
	if f.allow != "" {
		h.Set("Allow", f.allow)
	}
	h.Set("Content-Type", "application/xml")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(answers[f.code].status)
	_, _ = c.w.Write(body)
}
