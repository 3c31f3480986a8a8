package awssig

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/cofferstore/coffer/auth"
)

const (
	maxTrailers       = 16
	maxTrailerLine    = 1024
	maxTrailerBlanks  = 4
	checksumPrefix    = "x-amz-checksum-"
	signatureTrailer  = "x-amz-trailer-signature"
	trailerSeparators = " \t\r"
)

// parseTrailerNames reads x-amz-trailer: the lower-case names of the headers
// that follow the payload. Only checksums may.
func parseTrailerNames(values []string) ([]string, error) {
	var names []string
	for _, v := range values {
		for name := range strings.SplitSeq(v, ",") {
			name = strings.ToLower(strings.TrimSpace(name))
			if name == "" {
				continue
			}
			if !strings.HasPrefix(name, checksumPrefix) || !isToken(name) || len(names) == maxTrailers || slices.Contains(names, name) {
				return nil, errInvalidRequest("The value specified in the x-amz-trailer header is not supported")
			}
			names = append(names, name)
		}
	}
	return names, nil
}

// trailerReader reads what follows the last chunk.
type trailerReader struct {
	declared []string    // lower case
	into     http.Header // filled when everything is right
	signed   bool

	fields    []trailerField
	signature []byte
}

type trailerField struct{ name, value string }

// read reads lines to the end of the body. Lines end with CRLF, or LF as in
// Amazon's own examples, where a blank line may also stand before the signature.
// After the last field there must be a blank line.
func (t *trailerReader) read(in *bufio.Reader) error {
	ended, blanks := false, 0
	for {
		line, err := in.ReadSlice('\n')
		switch {
		case err == io.EOF && len(line) == 0:
			if !t.complete() {
				return errTrailer()
			}
			if !ended {
				return truncated(err)
			}
			return nil
		case errors.Is(err, bufio.ErrBufferFull), len(line) > maxTrailerLine:
			return errTrailer()
		case err != nil:
			return truncated(err)
		}
		line = bytes.Trim(line[:len(line)-1], trailerSeparators)
		switch {
		case len(line) == 0:
			if blanks++; blanks > maxTrailerBlanks {
				return errTrailer()
			}
			ended = ended || t.complete()
		case ended || !t.add(line):
			return errTrailer()
		}
	}
}

func (t *trailerReader) complete() bool {
	return len(t.fields) == len(t.declared) && (!t.signed || t.signature != nil)
}

// add takes one line. It reports false for a field that was not declared, that
// comes twice or after the signature.
func (t *trailerReader) add(line []byte) bool {
	n, v, ok := bytes.Cut(line, []byte(":"))
	if !ok || t.signature != nil {
		return false
	}
	name := strings.ToLower(string(bytes.Trim(n, trailerSeparators)))
	value := string(bytes.Trim(v, trailerSeparators))
	if name == signatureTrailer && t.signed {
		t.signature = []byte(value)
		return true
	}
	if !slices.Contains(t.declared, name) || !isFieldValue(value) ||
		slices.ContainsFunc(t.fields, func(f trailerField) bool { return f.name == name }) {
		return false
	}
	t.fields = append(t.fields, trailerField{name, value})
	return true
}

// lines returns the text that the trailer's signature covers.
func (t *trailerReader) lines(sorted bool) []byte {
	fields := t.fields
	if sorted {
		fields = slices.Clone(fields)
		slices.SortFunc(fields, func(a, b trailerField) int { return strings.Compare(a.name, b.name) })
	}
	var text []byte
	for _, f := range fields {
		text = append(text, f.name...)
		text = append(text, ':')
		text = append(text, f.value...)
		text = append(text, '\n')
	}
	return text
}

func (t *trailerReader) publish() {
	for _, f := range t.fields {
		t.into.Set(f.name, f.value)
	}
}

func errTrailer() error {
	return &auth.Error{
		Reason:  auth.ErrMalformedTrailer,
		Message: "The request contained trailing data that was not well-formed or did not conform to our published schema.",
	}
}
