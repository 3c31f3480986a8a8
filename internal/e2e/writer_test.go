package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// content is what an object holds: data(size, seed). The zero value is no object.
type content struct {
	seed uint64
	size int
}

func (c content) bytes() []byte { return data(c.size, c.seed) }

func (c content) none() bool { return c == content{} }

// writer works on keys of its own, one request after another, and remembers
// what the server owes it.
type writer struct {
	id               int
	rnd              *rand.Rand
	seed             uint64
	plain, versioned string // buckets

	// objects are the acknowledged states of keys of the plain bucket, a
	// missing one is absence; cut is the state that a request asked for whose
	// answer did not come.
	objects map[string]content
	cut     map[string]content

	versions versions
	counts

	// findings are breaches that verify found, one text each.
	findings []string
}

// lose notes a breach.
func (w *writer) lose(format string, args ...any) {
	w.losses++
	w.findings = append(w.findings, fmt.Sprintf(format, args...))
}

func newWriter(id int, seed uint64, plain, versioned string) *writer {
	return &writer{
		id: id, rnd: rand.New(rand.NewPCG(seed, uint64(id)+100)), seed: uint64(id) << 20, plain: plain, versioned: versioned,
		objects: map[string]content{}, cut: map[string]content{}, versions: newVersions(id),
	}
}

const keysOfWriter = 25

func (w *writer) key() string { return fmt.Sprintf("w%02d/%02d", w.id, w.rnd.IntN(keysOfWriter)) }

// fresh is new content: mostly small, sometimes a file of its own.
func (w *writer) fresh() content {
	w.seed++
	size := 1 + w.rnd.IntN(6000)
	if w.rnd.IntN(6) == 0 {
		size = 1 + w.rnd.IntN(300<<10)
	}
	return content{w.seed, size}
}

// work makes requests until one gets no answer.
func (w *writer) work(t *testing.T, c *s3.Client) {
	ctx := context.WithoutCancel(t.Context())
	for {
		var err error
		switch n := w.rnd.IntN(100); {
		case n < 45:
			err = w.put(ctx, c)
		case n < 60:
			err = w.delete(ctx, c)
		case n < 68:
			err = w.copy(ctx, c)
		case n < 71:
			err = w.multipart(ctx, c)
		case n < 80:
			err = w.refusedPut(ctx, c)
		default:
			err = w.versions.step(ctx, c, w)
		}
		if err == nil {
			continue
		}
		var api smithy.APIError
		if errors.As(err, &api) {
			t.Errorf("writer %d: unexpected answer: %v", w.id, err)
		}
		return
	}
}

// settle remembers what a request did: want is the key's new content.
func (w *writer) settle(key string, want content, err error) error {
	switch {
	case err != nil:
		w.cut[key] = want
		w.counts.cut++
		return err
	case want.none():
		delete(w.objects, key)
		w.deletes++
	default:
		w.objects[key] = want
		w.puts++
	}
	return nil
}

func (w *writer) put(ctx context.Context, c *s3.Client) error {
	key, want := w.key(), w.fresh()
	_, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: &w.plain, Key: &key, Body: bytes.NewReader(want.bytes())})
	return w.settle(key, want, err)
}

func (w *writer) delete(ctx context.Context, c *s3.Client) error {
	key := w.key()
	_, err := c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &w.plain, Key: &key})
	return w.settle(key, content{}, err)
}

func (w *writer) copy(ctx context.Context, c *s3.Client) error {
	from, to := w.key(), w.key()
	want, ok := w.objects[from]
	if !ok || from == to {
		return nil
	}
	_, err := c.CopyObject(ctx, &s3.CopyObjectInput{Bucket: &w.plain, Key: &to, CopySource: aws.String(w.plain + "/" + url.PathEscape(from))})
	return w.settle(to, want, err)
}

// multipart uploads an object of two parts. Until the last step nothing may be
// seen of it.
func (w *writer) multipart(ctx context.Context, c *s3.Client) error {
	key, want := w.key(), w.fresh()
	want.size += partSize
	body := want.bytes()
	up, err := c.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &w.plain, Key: &key})
	if err != nil {
		return err
	}
	var parts []types.CompletedPart
	for i, piece := range [][]byte{body[:partSize], body[partSize:]} {
		number := int32(i + 1)
		p, err := c.UploadPart(ctx, &s3.UploadPartInput{Bucket: &w.plain, Key: &key, UploadId: up.UploadId, PartNumber: &number, Body: bytes.NewReader(piece)})
		if err != nil {
			return err
		}
		parts = append(parts, types.CompletedPart{PartNumber: &number, ETag: p.ETag})
	}
	_, err = c.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: &w.plain, Key: &key, UploadId: up.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: parts}})
	return w.settle(key, want, err)
}

// refusedPut makes an upload that the server must refuse: its checksum is wrong
// or its precondition is not met.
func (w *writer) refusedPut(ctx context.Context, c *s3.Client) error {
	key, want := w.key(), w.fresh()
	in := &s3.PutObjectInput{Bucket: &w.plain, Key: &key, Body: bytes.NewReader(want.bytes())}
	if _, there := w.objects[key]; there && w.rnd.IntN(2) == 0 {
		in.IfNoneMatch = aws.String("*")
	} else {
		in.ChecksumCRC32C = aws.String("AAAAAA==")
	}
	_, err := c.PutObject(ctx, in)
	switch code(err) {
	case "PreconditionFailed", "BadDigest":
		w.refused++
		return nil
	case "":
		if err == nil {
			return &smithy.GenericAPIError{Code: "OK", Message: "a bad upload was accepted"}
		}
	}
	return err // the server has gone: nothing may be seen of it
}

// verify compares everything that the server holds for the writer.
func (w *writer) verify(t *testing.T, c *s3.Client) {
	t.Helper()
	for n := range keysOfWriter {
		key := fmt.Sprintf("w%02d/%02d", w.id, n)
		got, there := fetch(t, c, &s3.GetObjectInput{Bucket: &w.plain, Key: &key})
		w.checked++
		acked, cut := w.objects[key], w.cut[key]
		_, open := w.cut[key]
		switch {
		case is(got, there, acked):
		case open && is(got, there, cut):
			w.happened++
			w.objects[key] = cut
			if cut.none() {
				delete(w.objects, key)
			}
		default:
			w.lose("%s: there: %v, %d bytes; acknowledged %+v, cut off %v %+v", key, there, len(got), acked, open, cut)
		}
	}
	clear(w.cut)
	w.versions.verify(t, c, w)
}

// is tells whether what was found is as wanted.
func is(got []byte, there bool, want content) bool {
	if want.none() {
		return !there
	}
	return there && bytes.Equal(got, want.bytes())
}

// fetch reads an object; an absent one is no error.
func fetch(t *testing.T, c *s3.Client, in *s3.GetObjectInput) ([]byte, bool) {
	t.Helper()
	out, err := c.GetObject(t.Context(), in)
	if k := code(err); k == "NoSuchKey" || k == "NoSuchVersion" {
		return nil, false
	}
	if err != nil {
		t.Errorf("GET %s: %v", *in.Key, err)
		return nil, false
	}
	defer out.Body.Close()
	var b strings.Builder
	if _, err := io.Copy(&b, out.Body); err != nil {
		t.Errorf("GET %s: %v", *in.Key, err)
	}
	return []byte(b.String()), true
}
