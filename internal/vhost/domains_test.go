package vhost_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cofferstore/coffer/internal/vhost"
)

func TestDomains(t *testing.T) {
	ds := vhost.NewDomains([]string{" .Example.com ", "s3.example.com.", "", "."})
	assert.Equal(t, vhost.Domains{"example.com", "s3.example.com"}, ds)
	for _, tt := range []struct {
		explanation, host, bucket string
		under                     bool
	}{
		{"a bucket", "photos.example.com", "photos", true},
		{"with a port, a root dot and capitals", "Photos.EXAMPLE.com.:9000", "photos", true},
		{"dots in its name", "my.photos.example.com", "my.photos", true},
		{"of the longest domain", "photos.s3.example.com", "photos", true},
		{"a domain is no bucket of a shorter one", "s3.example.com", "", true},
		{"nor with a port", "s3.example.com:9000", "", true},
		{"nothing before the dot", ".example.com", "", false},
		{"another name that ends so", "notexample.com", "", false},
		{"an address", "192.0.2.1:9000", "", false},
		{"an address of version 6", "[2001:db8::1]:9000", "", false},
		{"none at all", "", "", false},
	} {
		bucket, under := ds.Find(tt.host)
		assert.Equal(t, tt.bucket, bucket, tt.explanation)
		assert.Equal(t, tt.under, under, tt.explanation)
		assert.Equal(t, tt.bucket, ds.Bucket(tt.host), tt.explanation)
	}
	assert.Empty(t, vhost.NewDomains(nil).Bucket("photos.example.com"))
}
