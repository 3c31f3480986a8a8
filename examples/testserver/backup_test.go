package testserver

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/minio/minio-go/v7"
	miniocredentials "github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/cofferstore/coffer/s3http/s3test"
)

func TestBackup(t *testing.T) {
	srv := s3test.New(t)
	client := s3.New(s3.Options{BaseEndpoint: &srv.URL, Region: srv.Region, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(srv.AccessKey, srv.SecretKey, "")})

	bucket := "backups"
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	if err := Backup(t.Context(), client, bucket, "monday", strings.NewReader("one")); err != nil {
		t.Fatal(err)
	}
	err := Backup(t.Context(), client, bucket, "monday", strings.NewReader("two"))
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "PreconditionFailed" {
		t.Fatalf("a second backup of the same name: %v", err)
	}

	// What arrived, seen by another client.
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	other, err := minio.New(u.Host, &minio.Options{Region: srv.Region, Creds: miniocredentials.NewStaticV4(srv.AccessKey, srv.SecretKey, "")})
	if err != nil {
		t.Fatal(err)
	}
	info, err := other.StatObject(t.Context(), bucket, "monday", minio.StatObjectOptions{})
	if err != nil || info.Size != 3 {
		t.Fatalf("%+v, %v", info, err)
	}
}
