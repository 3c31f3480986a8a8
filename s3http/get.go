package s3http

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"syscall"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/internal/httpx"
	"github.com/cofferstore/coffer/objstore"
)

// getObject serves GetObject.
func (c *call) getObject() error { return c.read(true) }

// headObject serves HeadObject.
func (c *call) headObject() error { return c.read(false) }

func (c *call) read(body bool) error {
	if len(c.query) > 0 {
		if err := c.checkOverrides(); err != nil {
			return err
		}
	}
	obj, err := c.find(c.own(), c.action(), !body)
	if err != nil {
		return err
	}
	defer obj.Close()
	return c.deliver(obj, body)
}

// deliver answers with what the conditions and the range of the request ask for
// of an object that the caller may read.
func (c *call) deliver(obj *objstore.Object, body bool) error {
	if err := c.unlock(obj); err != nil {
		return err
	}
	info := obj.Info()
	if cond, any := c.readConditions(); any {
		if err := obj.Check(cond); err != nil {
			return c.conditionFailed(info, err)
		}
	}
	sp, err := c.selectSpan(info)
	if err != nil {
		return err
	}
	return c.sendSpan(obj, sp, body)
}

// sendSpan answers with a run of an object's bytes.
func (c *call) sendSpan(obj *objstore.Object, sp span, body bool) error {
	info := obj.Info()
	if !body || sp.length == 0 {
		c.announce(info, sp)
		c.started = true
		c.w.WriteHeader(sp.status)
		return nil
	}
	rd, err := obj.Open(c.ctx)
	if err != nil {
		return err
	}
	defer rd.Close()
	c.announce(info, sp)
	c.started = true
	c.w.WriteHeader(sp.status)
	gathering := httpx.Gather(c.r)
	defer gathering.End() // of a panic too, that somebody may answer
	n, err := rd.CopyRange(c.w, sp.start, sp.length)
	gathering.End()
	if c.entry != nil {
		c.entry.ObjectSent += n
	}
	return c.interrupted(err)
}

// conditionFailed describes the object in a 304 as RFC 9110, section 15.4.5
// demands; other failures are told as errors.
func (c *call) conditionFailed(info *objstore.ObjectInfo, err error) error {
	if objstore.CodeOf(err) == objstore.ErrNotModified {
		c.set("Last-Modified", httpx.FormatDate(info.ModTime))
		c.set("Etag", `"`+info.ETag+`"`)
		c.setSome("Cache-Control", info.Meta.CacheControl)
		c.setSome("Expires", info.Meta.Expires)
		c.setVersion(info.VersionID)
	}
	return err
}

// interrupted judges an error after the status was sent. A client that went
// away is no failure of the server.
func (c *call) interrupted(err error) error {
	if err == nil || c.ctx.Err() != nil || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
		return nil
	}
	return err
}

// span is the run of an object's bytes that an answer carries.
type span struct {
	start, length int64
	status        int
	ranged        bool // by the Range header
	part          int  // index into Parts + 1 of the part that was asked for; 0 = none
	byPart        bool
}

// selectSpan applies partNumber and Range.
func (c *call) selectSpan(info *objstore.ObjectInfo) (span, error) {
	rangeHeader := header(c.r.Header, "Range")
	if number, given := c.query.lookup("partNumber"); given {
		if rangeHeader != "" {
			return span{}, refusal(codeInvalidRequest, "Cannot specify both Range header and partNumber query parameter")
		}
		return partSpan(info, number)
	}
	whole := span{length: info.Size, status: http.StatusOK}
	if rangeHeader == "" || !c.ifRange(info) {
		return whole, nil
	}
	rg, ok, err := httpx.ParseRange(rangeHeader, info.Size)
	if errors.Is(err, httpx.ErrUnsatisfiable) {
		f := refusal(codeInvalidRange, "", auth.Detail{Name: "RangeRequested", Value: rangeHeader},
			auth.Detail{Name: "ActualObjectSize", Value: strconv.FormatInt(info.Size, 10)})
		f.headers = []auth.Detail{{Name: "Content-Range", Value: "bytes */" + strconv.FormatInt(info.Size, 10)}}
		return span{}, f
	}
	if !ok {
		return whole, nil
	}
	return span{start: rg.Start, length: rg.Length, status: http.StatusPartialContent, ranged: true}, nil
}

// ifRange tells whether the Range header counts (RFC 9110, section 13.1.5).
func (c *call) ifRange(info *objstore.ObjectInfo) bool {
	v := header(c.r.Header, "If-Range")
	if v == "" {
		return true
	}
	if t, ok := httpx.ParseDate(v); ok {
		return httpx.FormatDate(info.ModTime) == httpx.FormatDate(t)
	}
	return !strings.HasPrefix(v, "W/") && httpx.Unquote(v) == info.ETag
}

// partSpan finds a part by its number. An object that was not uploaded in parts
// is its own part 1.
func partSpan(info *objstore.ObjectInfo, number string) (span, error) {
	n, err := parsePartNumber(number)
	if err != nil {
		return span{}, err
	}
	if len(info.Parts) == 0 && n == 1 {
		return partialSpan(0, info.Size, 1), nil
	}
	start := int64(0)
	for i := range info.Parts {
		if info.Parts[i].Number == n {
			return partialSpan(start, info.Parts[i].Size, i+1), nil
		}
		start += info.Parts[i].Size
	}
	return span{}, refusal(codeInvalidPartNumber, "",
		auth.Detail{Name: "ActualPartCount", Value: strconv.Itoa(max(len(info.Parts), 1))},
		auth.Detail{Name: "PartNumberRequested", Value: number})
}

// partialSpan is 206, except that no Content-Range can name zero bytes.
func partialSpan(start, length int64, part int) span {
	sp := span{start: start, length: length, status: http.StatusPartialContent, part: part, byPart: true}
	if length == 0 {
		sp.status = http.StatusOK
	}
	return sp
}

func parsePartNumber(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > objstore.MaxPartNumber {
		return 0, badArgument("partNumber", s, "Part number must be an integer between 1 and 10000, inclusive")
	}
	return n, nil
}

// announce sets the headers of an answer with the bytes of sp.
func (c *call) announce(info *objstore.ObjectInfo, sp span) {
	c.describe(info)
	c.announceEncryption(info.Encryption)
	c.noteSize(info.Size)
	c.set("Content-Length", strconv.FormatInt(sp.length, 10))
	if sp.status == http.StatusPartialContent {
		c.set("Content-Range", contentRange(sp.start, sp.length, info.Size))
	}
	if sp.byPart && len(info.Parts) > 0 {
		c.set(hdrPartsCount, strconv.Itoa(len(info.Parts)))
	}
	if len(info.Tags) > 0 && c.mayReadTags(info) {
		c.set(hdrTaggingCount, strconv.Itoa(len(info.Tags)))
	}
	c.announceLock(info)
	c.announceExpiration(info)
	if strings.EqualFold(header(c.r.Header, hdrChecksumMode), "ENABLED") {
		c.announceChecksum(info, sp)
	}
	if len(c.query) > 0 {
		c.override()
	}
}

func (c *call) mayReadTags(info *objstore.ObjectInfo) bool {
	action := "s3:GetObjectTagging"
	if c.version != "" {
		action = "s3:GetObjectVersionTagging"
	}
	own := c.own()
	return c.may(&own, action, info) == nil
}

// announceChecksum tells the checksum of the bytes that are sent. There is none
// of a range, and telling the whole object's would make clients refuse it.
func (c *call) announceChecksum(info *objstore.ObjectInfo, sp span) {
	switch {
	case sp.ranged:
	case sp.byPart && len(info.Parts) > 0:
		sum := info.Checksum
		sum.Value = info.Parts[sp.part-1].Checksum
		c.setChecksum(sum)
	default:
		c.setChecksum(info.Checksum)
	}
}

func contentRange(start, length, size int64) string {
	var buf [64]byte
	b := append(buf[:0], "bytes "...)
	b = append(strconv.AppendInt(b, start, 10), '-')
	b = append(strconv.AppendInt(b, start+length-1, 10), '/')
	return string(strconv.AppendInt(b, size, 10))
}
