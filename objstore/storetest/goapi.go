package storetest

import (
	"bytes"
	"context"
	"io"

	"github.com/cofferstore/coffer/objstore"
)

// ForStore returns the Go API of a store as a Target. minPartSize is the
// store's [objstore.Options] MinPartSize.
func ForStore(s *objstore.Store, minPartSize int) Target {
	return ForEncryptedStore(s, minPartSize, nil)
}

// ForEncryptedStore is ForStore for objects that are encrypted as e says, with
// keys of the server, which need no key to be read and keep ETags that are MD5.
func ForEncryptedStore(s *objstore.Store, minPartSize int, e *objstore.Encryption) Target {
	a := api{s, e}
	return Target{
		Buckets: a, Objects: objects{a}, Lists: lists{a}, Versions: versions{a}, Uploads: uploads{a},
		Totals: func(ctx context.Context, bucket string) (objstore.Totals, error) {
			b, err := a.open(ctx, bucket)
			if err != nil {
				return objstore.Totals{}, err
			}
			return b.Totals(ctx)
		},
		MinPartSize: minPartSize,
	}
}

type api struct {
	s *objstore.Store
	e *objstore.Encryption
}

func (a api) open(ctx context.Context, bucket string) (*objstore.Bucket, error) {
	return a.s.Bucket(ctx, objstore.BucketID{Name: bucket})
}

func (a api) Create(ctx context.Context, bucket string) error {
	_, err := a.s.CreateBucket(ctx, objstore.BucketID{Name: bucket}, &objstore.CreateBucketOptions{Owner: "kit"})
	return err
}

func (a api) Delete(ctx context.Context, bucket string) error {
	return a.s.DeleteBucket(ctx, objstore.BucketID{Name: bucket})
}

type objects struct{ api }

func (a objects) Put(ctx context.Context, bucket, key string, body []byte, c objstore.Conditions) (objstore.ObjectInfo, error) {
	b, err := a.open(ctx, bucket)
	if err != nil {
		return objstore.ObjectInfo{}, err
	}
	return b.Put(ctx, key, bytes.NewReader(body), &objstore.PutOptions{Owner: "kit", If: c, Encryption: a.e})
}

func (a objects) Get(ctx context.Context, bucket, key string, r Read) (objstore.ObjectInfo, []byte, error) {
	o, err := a.object(ctx, Source{bucket, key, r.Version})
	if err != nil {
		return objstore.ObjectInfo{}, nil, err
	}
	defer o.Close()
	if err := o.Check(r.If); err != nil {
		return objstore.ObjectInfo{}, nil, err
	}
	body, err := o.Open(ctx)
	if err != nil {
		return objstore.ObjectInfo{}, nil, err
	}
	defer body.Close()
	if !r.Ranged {
		r.Off, r.N = 0, body.Size()
	}
	var data bytes.Buffer
	if _, err := body.CopyRange(&data, r.Off, r.N); err != nil {
		return objstore.ObjectInfo{}, nil, err
	}
	return *o.Info(), data.Bytes(), nil
}

func (a api) object(ctx context.Context, from Source) (*objstore.Object, error) {
	b, err := a.open(ctx, from.Bucket)
	if err != nil {
		return nil, err
	}
	return b.Object(ctx, from.Key, &objstore.GetOptions{Version: from.Version})
}

func (a objects) Delete(ctx context.Context, bucket string, r objstore.DeleteRequest) (objstore.DeleteResult, error) {
	b, err := a.open(ctx, bucket)
	if err != nil {
		return objstore.DeleteResult{}, err
	}
	return b.Delete(ctx, r)
}

func (a objects) Copy(ctx context.Context, bucket, key string, from Source) (objstore.ObjectInfo, error) {
	o, err := a.object(ctx, from)
	if err != nil {
		return objstore.ObjectInfo{}, err
	}
	defer o.Close()
	b, err := a.open(ctx, bucket)
	if err != nil {
		return objstore.ObjectInfo{}, err
	}
	return b.Copy(ctx, key, o, &objstore.CopyOptions{Owner: "kit", Encryption: a.e})
}

type lists struct{ api }

func (a lists) Objects(ctx context.Context, bucket string, q objstore.ListQuery) (objstore.ListPage, error) {
	b, err := a.open(ctx, bucket)
	if err != nil {
		return objstore.ListPage{}, err
	}
	return b.List(ctx, q)
}

type versions struct{ api }

func (a versions) Set(ctx context.Context, bucket string, v objstore.Versioning) error {
	b, err := a.open(ctx, bucket)
	if err != nil {
		return err
	}
	return b.SetVersioning(ctx, v)
}

func (a versions) List(ctx context.Context, bucket string, q objstore.VersionsQuery) (objstore.VersionsPage, error) {
	b, err := a.open(ctx, bucket)
	if err != nil {
		return objstore.VersionsPage{}, err
	}
	return b.ListVersions(ctx, q)
}

type uploads struct{ api }

func (a uploads) upload(ctx context.Context, u UploadName) (*objstore.Upload, error) {
	b, err := a.open(ctx, u.Bucket)
	if err != nil {
		return nil, err
	}
	return b.Upload(ctx, u.Key, u.ID)
}

func (a uploads) Create(ctx context.Context, bucket, key string) (string, error) {
	b, err := a.open(ctx, bucket)
	if err != nil {
		return "", err
	}
	u, err := b.CreateUpload(ctx, key, &objstore.UploadOptions{Owner: "kit", Encryption: a.e})
	if err != nil {
		return "", err
	}
	return u.Info().ID, nil
}

func (a uploads) PutPart(ctx context.Context, name UploadName, number int, body []byte) (objstore.PartInfo, error) {
	u, err := a.upload(ctx, name)
	if err != nil {
		return objstore.PartInfo{}, err
	}
	return u.PutPart(ctx, number, io.MultiReader(bytes.NewReader(body)), nil)
}

func (a uploads) CopyPart(ctx context.Context, name UploadName, number int, from Source, off, n int64) (objstore.PartInfo, error) {
	u, err := a.upload(ctx, name)
	if err != nil {
		return objstore.PartInfo{}, err
	}
	o, err := a.object(ctx, from)
	if err != nil {
		return objstore.PartInfo{}, err
	}
	defer o.Close()
	return u.CopyPart(ctx, number, o, off, n)
}

func (a uploads) Parts(ctx context.Context, name UploadName, after, limit int) (objstore.PartPage, error) {
	u, err := a.upload(ctx, name)
	if err != nil {
		return objstore.PartPage{}, err
	}
	return u.Parts(ctx, after, limit)
}

func (a uploads) Finish(ctx context.Context, name UploadName, f Finish) (objstore.ObjectInfo, error) {
	u, err := a.upload(ctx, name)
	if err != nil {
		return objstore.ObjectInfo{}, err
	}
	if f.Abort {
		return objstore.ObjectInfo{}, u.Abort(ctx)
	}
	return u.Complete(ctx, f.Parts, &objstore.CompleteOptions{If: f.If})
}

func (a uploads) List(ctx context.Context, bucket string, q objstore.UploadsQuery) (objstore.UploadsPage, error) {
	b, err := a.open(ctx, bucket)
	if err != nil {
		return objstore.UploadsPage{}, err
	}
	return b.ListUploads(ctx, q)
}
