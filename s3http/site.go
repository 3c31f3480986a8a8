package s3http

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/s3http/website"
)

// siteRoutes are the operations on a website host: pages for browsers, read by
// nobody in particular.
var siteRoutes = []route{
	{Operation: Operation{
		Name: "GetPage", Method: http.MethodGet, Action: "s3:GetObject",
		Category: "get_obj", Class: ClassGet, Counter: "GetObject",
	}, run: (*call).getPage, public: true},
	{Operation: Operation{
		Name: "HeadPage", Method: http.MethodHead, Action: "s3:GetObject",
		Category: "get_obj", Class: ClassGet, Counter: "HeadObject",
	}, run: (*call).getPage, public: true},
	{Operation: Operation{
		Name: "Preflight", Method: http.MethodOptions, Action: Unsigned,
		Category: "options_cors", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).preflight, public: true},
}

// documentWebsite is the kind of the bucket document with a website's
// configuration.
const documentWebsite = "website"

// getWebsite serves GetBucketWebsite.
func (c *call) getWebsite() error { return c.sendDocument(documentWebsite, codeNoSuchWebsite) }

// putWebsite serves PutBucketWebsite.
func (c *call) putWebsite() error {
	body, err := c.readBody(maxDocument)
	if err != nil {
		return err
	}
	cfg, err := website.Parse(body)
	var refused *website.Error
	if errors.As(err, &refused) {
		return refusal(code(refused.Code), refused.Message)
	}
	if err != nil {
		return err
	}
	data, err := cfg.XML()
	if err != nil {
		return err
	}
	return c.putDocument(documentWebsite, data, http.StatusOK)
}

// deleteWebsite serves DeleteBucketWebsite.
func (c *call) deleteWebsite() error {
	return c.putDocument(documentWebsite, nil, http.StatusNoContent)
}

// isSite tells whether a host is one of a website: below a website domain, and
// not below a longer domain of the API.
func (h *Handler) isSite(host string) bool {
	site := h.websites.Bucket(host)
	if site == "" {
		return false
	}
	api, under := h.domains.Find(host)
	return !under || len(site) < len(api)
}

// serveSite brings the request to the operation on its page. The query means
// nothing; the caller is nobody.
func (c *call) serveSite() error {
	c.onSite = true
	a, err := parseAddress(c.h.websites, c.r.Host, c.r.URL)
	if err != nil {
		return err
	}
	c.address, c.key = a, a.key
	if err := c.takeIdentity(&auth.Identity{}); err != nil {
		return err
	}
	rows := c.h.routes.byMethod[ScopeSite][c.r.Method]
	if len(rows) == 0 {
		return c.h.routes.notAllowed(ScopeSite, c.r, nil)
	}
	c.route = rows[0]
	c.describeUsage()
	return c.route.run(c)
}

// getPage serves a page of a website.
func (c *call) getPage() error {
	missing := c.openBucket()
	if err := c.admit(); err != nil {
		return err
	}
	if missing != nil {
		return missing
	}
	site := c.config.website
	if site == nil {
		return c.unset(codeNoSuchWebsite)
	}
	r := website.Request{Scheme: "http", Host: c.r.Host, Key: c.key}
	if c.r.TLS != nil {
		r.Scheme = "https"
	}
	if target, found := site.RedirectAll(r); found {
		return c.redirect(target)
	}
	if target, found := site.Redirect(r, 0); found {
		return c.redirect(target)
	}
	c.key = site.Document(r.Key)
	err := c.sendPage()
	if err == nil || c.started {
		return err
	}
	return c.pageFailed(site, r, err)
}

func (c *call) redirect(t website.Target) error {
	c.set("Location", t.URL)
	return c.send(t.Status)
}

// sendPage answers with the object of the key, or sends the browser where that
// says.
func (c *call) sendPage() error {
	body := c.r.Method == http.MethodGet
	obj, err := c.find(c.own(), c.route.Action, !body)
	if err != nil {
		return err
	}
	defer obj.Close()
	if target := obj.Info().Meta.WebsiteRedirect; target != "" {
		return c.redirect(website.Target{Status: http.StatusMovedPermanently, URL: target})
	}
	return c.deliver(obj, body)
}

// pageFailed looks for something better than an error: the directory of that
// name, a routing rule, or the error document.
func (c *call) pageFailed(site *website.Config, r website.Request, err error) error {
	f := explain(err)
	status := answers[f.code].status
	if status < 400 {
		return err
	}
	missing := status == http.StatusNotFound || status == http.StatusForbidden
	if missing && r.Key != "" && !strings.HasSuffix(r.Key, "/") && c.readable(r.Key+"/"+site.Index.Suffix) {
		return c.redirect(website.Target{Status: http.StatusFound, URL: escapedPath(r.Key) + "/"})
	}
	if target, found := site.Redirect(r, status); found {
		return c.redirect(target)
	}
	if site.Error == nil || status >= 500 {
		return err
	}
	c.errorPage = &errorPage{key: site.Error.Key}
	if c.errorPage.failure = c.sendErrorPage(site.Error.Key, status); c.started {
		c.note(f, err)
		return nil
	}
	return err
}

// errorPage is an error document that could not be shown.
type errorPage struct {
	key     string
	failure error
}

// readable tells whether the caller may read an object that is there.
func (c *call) readable(key string) bool {
	s := c.own()
	s.key = key
	obj, err := c.find(s, c.route.Action, true)
	if err != nil {
		return false
	}
	_ = obj.Close() // nothing was read
	return true
}

func (c *call) sendErrorPage(key string, status int) error {
	s := c.own()
	s.key = key
	obj, err := c.find(s, c.route.Action, c.r.Method == http.MethodHead)
	if err != nil {
		return err
	}
	defer obj.Close()
	if err := c.unlock(obj); err != nil {
		return err
	}
	return c.sendSpan(obj, span{length: obj.Info().Size, status: status}, c.r.Method == http.MethodGet)
}

// escapedPath is the path of a key. A key that begins with a slash must not
// turn into the name of a host.
func escapedPath(key string) string {
	return "/" + strings.ReplaceAll(string(appendURLEncoded(nil, strings.TrimLeft(key, "/"))), "+", "%20")
}

// encodePage writes an error for people, as S3 does on website hosts.
func (c *call) encodePage(x *xmlWriter, f *fault) {
	title := statusLine(answers[f.code].status)
	x.b = append(x.b, "<html>\n<head><title>"+title+"</title></head>\n<body>\n<h1>"+title+"</h1>\n"...)
	c.faultList(x, f, c.key, true)
	if p := c.errorPage; p != nil && p.failure != nil {
		x.b = append(x.b, "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n"...)
		c.faultList(x, explain(p.failure), p.key, false)
	}
	x.b = append(x.b, "<hr/>\n</body>\n</html>\n"...)
}

func (c *call) faultList(x *xmlWriter, f *fault, key string, ids bool) {
	x.b = append(x.b, "<ul>\n"...)
	item := func(name, value string) {
		x.b = append(x.b, "<li>"+name+": "...)
		x.escape(value)
		x.b = append(x.b, "</li>\n"...)
	}
	item("Code", string(f.code))
	item("Message", f.text())
	switch objstore.Code(f.code) {
	case objstore.ErrNoSuchBucket:
		item("BucketName", c.bucketID.Name)
	case objstore.ErrNoSuchKey:
		item("Key", key)
	}
	if ids {
		item("RequestId", c.requestID)
		item("HostId", c.h.hostID)
	}
	x.b = append(x.b, "</ul>\n"...)
}

// statusLine is a status as a title.
func statusLine(status int) string {
	return strconv.Itoa(status) + " " + http.StatusText(status)
}
