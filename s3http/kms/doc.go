// Package kms makes key providers of secret stores that are reached over HTTP.
//
//	objstore ── sse.KeyProvider ──▶ vault.NewTransit   data keys are wrapped in the server
//	                           └──▶ Secrets            master keys are fetched, kept for a
//	                                  ▲   ▲            while, and wrap here
//	                     vault.NewKV ─┘   └─ barbican.New
//
// The packages are below s3http, because nothing below objstore may import
// net/http. They know nothing of S3.
package kms
