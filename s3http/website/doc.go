// Package website is the configuration of a bucket that is a web site: its XML,
// its limits, and what becomes of a request.
//
//	<WebsiteConfiguration> ── Parse ──► *Config
//	                                      │ Redirect(key, 0)        before the object is looked up
//	                                      │ Document(key)           which object to serve
//	                                      │ Redirect(key, status)   when that failed
//	                                      ▼
//	                                    Target{status, URL}, or the error document
//
// The rules are those of "Hosting a static website using Amazon S3". The first
// routing rule whose conditions hold counts.
package website
