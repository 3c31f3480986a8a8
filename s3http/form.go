package s3http

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strconv"
	"strings"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/s3http/postpolicy"
)

// Bounds of what stands before the file in a form.
const (
	maxFormFields = 20 << 10 // bytes of names and values (S3: POST Object)
	maxFormHead   = 64 << 10 // bytes as sent, with boundaries and headers
	maxBoundary   = 70       // RFC 2046, section 5.1.1
)

// form is a browser's upload: its fields, and the file, which is read from the
// request. Fields behind the file are not looked at.
type form struct {
	fields map[string]string // by name in lower case; ${filename} is replaced
	file   *multipart.Part
}

func (f *form) field(name string) string { return f.fields[name] }

// readForm reads up to the file of a multipart/form-data body (RFC 7578).
func (c *call) readForm() (*form, error) {
	kind, params, err := mime.ParseMediaType(header(c.r.Header, "Content-Type"))
	boundary := params["boundary"]
	if err != nil || kind != "multipart/form-data" || boundary == "" || len(boundary) > maxBoundary {
		return nil, refusal(codePreconditionFailed, "",
			auth.Detail{Name: "Condition", Value: "Bucket POST must be of the enclosure-type multipart/form-data"})
	}
	if c.r.Body == nil {
		return nil, codeMalformedPOST
	}
	c.reading = true
	head := &formHead{body: c.r.Body, left: maxFormHead}
	f := &form{fields: map[string]string{}}
	if err := f.read(multipart.NewReader(head, boundary)); err != nil {
		return nil, markBroken(head.explain(err))
	}
	head.left = -1
	return f, f.expand()
}

// read collects the fields and stops at the file.
func (f *form) read(parts *multipart.Reader) error {
	size, found := 0, false
	for ; ; found = true {
		part, err := parts.NextRawPart()
		if found && errors.Is(err, io.EOF) {
			return badArgument("file", "0", "POST requires exactly one file upload per request.")
		}
		if err != nil {
			return codeMalformedPOST
		}
		name := strings.ToLower(part.FormName())
		if name == "" || !isVerbatim(part.Header.Get("Content-Transfer-Encoding")) {
			return codeMalformedPOST
		}
		if name == "file" {
			f.file = part
			return nil
		}
		value, err := io.ReadAll(io.LimitReader(part, int64(maxFormFields-size+1)))
		if err != nil {
			return codeMalformedPOST
		}
		if size += len(name) + len(value); size > maxFormFields {
			return tooMuchBeforeFile()
		}
		if _, twice := f.fields[name]; twice {
			return badArgument(name, "", "The form has the field "+name+" more than once.")
		}
		f.fields[name] = string(value)
	}
}

// isVerbatim tells whether a part's bytes are its content. No browser encodes them
// (RFC 7578, section 4.7).
func isVerbatim(encoding string) bool {
	switch strings.ToLower(encoding) {
	case "", "7bit", "8bit", "binary":
		return true
	}
	return false
}

func tooMuchBeforeFile() error {
	return refusal(codeMaxPreData, "", auth.Detail{Name: "MaxPostPreDataLengthBytes", Value: strconv.Itoa(maxFormFields)})
}

// expand puts the file's name in the place of ${filename}. What the signature
// is over stays as it is.
func (f *form) expand() error {
	const variable = "${filename}"
	name := fileName(f.file)
	size := 0
	for field, value := range f.fields {
		if n := strings.Count(value, variable); n > 0 && field != "policy" {
			if size += n * len(name); size > maxFormHead {
				return tooMuchBeforeFile()
			}
			f.fields[field] = strings.ReplaceAll(value, variable, name)
		}
	}
	return nil
}

// fileName is the name of the file without the directories that some clients
// send along.
func fileName(part *multipart.Part) string {
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil {
		return ""
	}
	name := params["filename"]
	return name[strings.LastIndexAny(name, `/\`)+1:]
}

// formHead bounds what is read of a body before the file is found.
type formHead struct {
	body io.Reader
	left int64 // negative: the file is found, no bound
	err  error // of the body, apart from its end
}

func (h *formHead) Read(p []byte) (int, error) {
	if h.left == 0 {
		h.err = tooMuchBeforeFile()
		return 0, h.err
	}
	if h.left > 0 && int64(len(p)) > h.left {
		p = p[:h.left]
	}
	n, err := h.body.Read(p)
	if h.left > 0 {
		h.left -= int64(n)
	}
	if err != nil && err != io.EOF {
		h.err = err
	}
	return n, err
}

// explain prefers what went wrong below to what the parser made of it.
func (h *formHead) explain(err error) error {
	if h.err != nil {
		return h.err
	}
	return err
}

// formFile is the file of a form as the request's body, held to the range of
// the policy.
type formFile struct {
	io.Reader
	within postpolicy.Range
	read   int64
}

func (f *formFile) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	f.read += int64(n)
	switch {
	case f.read > f.within.Max:
		return n, refusal(codeEntityTooLarge, "", detailNumber("ProposedSize", f.read), detailNumber("MaxSizeAllowed", f.within.Max))
	case err == io.EOF && f.read < f.within.Min:
		return n, refusal("EntityTooSmall", "", detailNumber("ProposedSize", f.read), detailNumber("MinSizeAllowed", f.within.Min))
	}
	return n, err
}

func detailNumber(name string, n int64) auth.Detail {
	return auth.Detail{Name: name, Value: strconv.FormatInt(n, 10)}
}
