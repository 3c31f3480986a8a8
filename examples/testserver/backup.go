package testserver

import (
	"context"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Backup stores r under name, unless there is something already.
func Backup(ctx context.Context, c *s3.Client, bucket, name string, r io.ReadSeeker) error {
	_, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &name, Body: r, IfNoneMatch: aws.String("*")})
	if err != nil {
		return fmt.Errorf("backup %s: %w", name, err)
	}
	return nil
}
