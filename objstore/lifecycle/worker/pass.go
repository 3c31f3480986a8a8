package worker

import (
	"context"
	"errors"
	"time"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/lifecycle"
)

// pass is one walk over all buckets.
type pass struct {
	w   *Worker
	dry bool
	progress
}

func (p *pass) bucketID() objstore.BucketID {
	return objstore.BucketID{Tenant: string(p.Tenant), Name: string(p.Name)}
}

// run works on the bucket that a pass broke off in, and then on those behind it.
func (p *pass) run(ctx context.Context) error {
	if p.Ref != [16]byte{} {
		if err := p.bucket(ctx); err != nil {
			return err
		}
	}
	for {
		page, err := p.w.store.Buckets(ctx, objstore.BucketsQuery{After: p.bucketID(), Limit: p.w.opt.Page})
		if err != nil {
			return err
		}
		for i := range page.Buckets {
			b := &page.Buckets[i]
			p.Tenant, p.Name, p.Ref = []byte(b.Tenant), []byte(b.Name), b.Ref
			if b.Documents == 0 {
				continue
			}
			if err := p.bucket(ctx); err != nil {
				return err
			}
		}
		if !page.Truncated || len(page.Buckets) == 0 {
			return nil
		}
	}
}

// save keeps the progress, unless there is nothing to keep.
func (p *pass) save(ctx context.Context) error {
	if p.dry {
		return nil
	}
	return p.w.save(ctx, &p.progress)
}

// bucket carries out the rules of one bucket, from where the progress is.
func (p *pass) bucket(ctx context.Context) error {
	err := p.rules(ctx)
	if gone := objstore.CodeOf(err) == objstore.ErrNoSuchBucket; err != nil && !gone {
		return err
	}
	id := p.bucketID()
	p.progress = progress{Report: p.Report, Tenant: []byte(id.Tenant), Name: []byte(id.Name)}
	return p.save(ctx)
}

func (p *pass) rules(ctx context.Context) error {
	b, err := p.w.store.Bucket(ctx, p.bucketID())
	if err != nil || b.Info().Ref != p.Ref {
		return err
	}
	if b.Info().MFADelete {
		// Nobody is there to prove a second factor (S3: no lifecycle with MFA Delete).
		p.w.opt.Logger.WarnContext(ctx, "lifecycle rules of a bucket with MFA Delete are passed over", "bucket", p.bucketID().String())
		return nil
	}
	data, err := b.Document(ctx, lifecycle.Document)
	if objstore.CodeOf(err) == objstore.ErrNoSuchDocument {
		return nil
	}
	if err != nil {
		return err
	}
	config, err := lifecycle.Parse(data)
	if err != nil {
		p.Report.Failed++
		p.w.opt.Logger.ErrorContext(ctx, "lifecycle rules cannot be read", "bucket", p.bucketID().String(), "error", err)
		return nil
	}
	if !p.OnUploads {
		if len(p.Key) == 0 {
			p.Report.Buckets++
		}
		if err := p.versions(ctx, b, config); err != nil {
			return err
		}
		p.OnUploads, p.Key, p.Version, p.Walk = true, nil, nil, walk{}
	}
	return p.uploads(ctx, b, config)
}

// versions walks over the versions of a bucket.
func (p *pass) versions(ctx context.Context, b *objstore.Bucket, config *lifecycle.Config) error {
	for {
		page, err := b.ListVersions(ctx, objstore.VersionsQuery{
			AfterKey: string(p.Key), AfterVersion: string(p.Version), Limit: p.w.opt.Page,
		})
		if err != nil {
			return err
		}
		deeds, requests, err := p.judge(ctx, b, config, page.Versions)
		if err != nil {
			return err
		}
		if err := p.delete(ctx, b, deeds, requests); err != nil {
			return err
		}
		p.Report.Versions += int64(len(page.Versions))
		if page.Truncated {
			p.Key, p.Version = []byte(page.NextKey), []byte(page.NextVersion)
			if err := p.save(ctx); err != nil {
				return err
			}
		}
		if err := p.pause(ctx, len(page.Versions), len(requests)); err != nil || !page.Truncated {
			return err
		}
	}
}

// pause keeps the rates, after so many versions were looked at and deleted.
func (p *pass) pause(ctx context.Context, scanned, deleted int) error {
	if p.dry {
		deleted = 0
	}
	d := max(share(scanned, p.w.opt.ScanRate), share(deleted, p.w.opt.DeleteRate))
	if d == 0 {
		return ctx.Err()
	}
	return p.w.opt.Wait(ctx, d)
}

// share is how long n take at a rate per second.
func share(n, rate int) time.Duration {
	if rate <= 0 {
		return 0
	}
	return time.Duration(n) * time.Second / time.Duration(rate)
}

// judge tells what is to be done to the versions of a page.
func (p *pass) judge(ctx context.Context, b *objstore.Bucket, config *lifecycle.Config, versions []objstore.ObjectInfo) ([]Deed, []objstore.DeleteRequest, error) {
	var deeds []Deed
	var requests []objstore.DeleteRequest
	now, tags := p.w.opt.Now(), config.NeedsTags()
	for i := range versions {
		v := &versions[i]
		lv, known := p.Walk.version(v)
		lv.Alone = i+1 == len(versions) || versions[i+1].Key != v.Key // a page's last: the delete looks again
		if !known {
			continue
		}
		if tags && !v.DeleteMarker {
			var err error
			if lv.Tags, err = readTags(ctx, b, v); err != nil {
				return nil, nil, err
			}
		}
		a := config.Version(&lv, p.w.opt.Calendar)
		if a.Kind == lifecycle.None || a.At.After(now) {
			continue
		}
		rq := objstore.DeleteRequest{
			Key: v.Key, Owner: b.Info().Owner,
			Judged: &objstore.Judged{VersionID: v.VersionID, ModTime: v.ModTime, Latest: v.IsLatest, Alone: a.Kind == lifecycle.RemoveMarker},
		}
		if a.Kind != lifecycle.Expire {
			rq.Version = v.VersionID
		}
		deeds = append(deeds, Deed{Bucket: p.bucketID(), Key: v.Key, Version: v.VersionID, Action: a})
		requests = append(requests, rq)
	}
	return deeds, requests, nil
}

// version describes v for the rules, and moves on. A noncurrent version whose
// successor was not seen is not known well enough to be judged.
func (w *walk) version(v *objstore.ObjectInfo) (lv lifecycle.Version, known bool) {
	if v.IsLatest || string(w.Key) != v.Key {
		*w = walk{Key: []byte(v.Key)}
	}
	lv = lifecycle.Version{Key: v.Key, Size: v.Size, ModTime: v.ModTime, Latest: v.IsLatest, DeleteMarker: v.DeleteMarker}
	known = v.IsLatest || !w.Since.IsZero()
	if !v.IsLatest {
		// An upload's time is that of its beginning, which may be before v's.
		lv.NoncurrentSince, lv.Newer = w.Since, w.Newer
		if v.ModTime.After(w.Since) {
			lv.NoncurrentSince = v.ModTime
		}
		w.Newer++
	}
	if known {
		w.Since = v.ModTime
	}
	return lv, known
}

// readTags returns the tags of a version, which listings do not tell. One that
// is gone has none; its delete will find out.
func readTags(ctx context.Context, b *objstore.Bucket, v *objstore.ObjectInfo) (map[string]string, error) {
	obj, err := b.Object(ctx, v.Key, &objstore.GetOptions{Version: v.VersionID, NoBody: true})
	switch objstore.CodeOf(err) {
	case objstore.ErrNoSuchKey, objstore.ErrNoSuchVersion, objstore.ErrDeleteMarker:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer obj.Close()
	tags := make(map[string]string, len(obj.Info().Tags))
	for _, t := range obj.Info().Tags {
		tags[t.Key] = t.Value
	}
	return tags, nil
}

// delete does what is due to versions.
func (p *pass) delete(ctx context.Context, b *objstore.Bucket, deeds []Deed, requests []objstore.DeleteRequest) error {
	results := make([]objstore.DeleteResult, len(requests))
	if !p.dry && len(requests) > 0 {
		var err error
		if results, err = b.DeleteMany(ctx, requests); err != nil {
			return err
		}
	}
	for i := range results {
		err := results[i].Err
		if err == nil && !p.dry && requests[i].Version != "" && results[i].Version == "" {
			err = objstore.ErrNoSuchVersion
		}
		p.note(ctx, deeds[i], err)
	}
	return ctx.Err()
}

// note counts and tells a deed.
func (p *pass) note(ctx context.Context, d Deed, err error) {
	d.Err = err
	level := p.w.opt.Logger.DebugContext
	switch objstore.CodeOf(err) {
	case objstore.ErrObjectLocked:
		p.Report.Locked++
	case objstore.ErrPreconditionFailed, objstore.ErrNoSuchKey, objstore.ErrNoSuchVersion, objstore.ErrNoSuchUpload:
		p.Report.Changed++
	default:
		if err == nil {
			p.Report.count(d.Action.Kind)
			break
		}
		p.Report.Failed++
		level = p.w.opt.Logger.ErrorContext
	}
	level(ctx, "lifecycle", "deed", d.Action.Kind.String(), "rule", d.Action.Rule, "bucket", d.Bucket.String(),
		"key", d.Key, "version", d.Version, "upload", d.Upload, "dry_run", p.dry, "error", err)
	p.w.opt.Observe(d)
}

// uploads walks over the unfinished uploads of a bucket.
func (p *pass) uploads(ctx context.Context, b *objstore.Bucket, config *lifecycle.Config) error {
	for {
		page, err := b.ListUploads(ctx, objstore.UploadsQuery{
			AfterKey: string(p.Key), AfterID: string(p.Version), Limit: p.w.opt.Page,
		})
		if err != nil {
			return err
		}
		aborted, err := p.abortDue(ctx, b, config, page.Uploads)
		if err != nil {
			return err
		}
		p.Report.Uploads += int64(len(page.Uploads))
		if page.Truncated {
			p.Key, p.Version = []byte(page.NextKey), []byte(page.NextID)
			if err := p.save(ctx); err != nil {
				return err
			}
		}
		if err := p.pause(ctx, len(page.Uploads), aborted); err != nil || !page.Truncated {
			return err
		}
	}
}

// abortDue aborts the uploads of a page that are due, and tells how many.
func (p *pass) abortDue(ctx context.Context, b *objstore.Bucket, config *lifecycle.Config, uploads []objstore.UploadInfo) (int, error) {
	aborted, now := 0, p.w.opt.Now()
	for i := range uploads {
		u := &uploads[i]
		a := config.Upload(u.Key, u.Initiated, p.w.opt.Calendar)
		if a.Kind == lifecycle.None || a.At.After(now) {
			continue
		}
		aborted++
		err := p.abort(ctx, b, u)
		if errors.Is(err, objstore.ErrNoSuchBucket) || ctx.Err() != nil {
			return aborted, errors.Join(err, ctx.Err())
		}
		p.note(ctx, Deed{Bucket: p.bucketID(), Key: u.Key, Upload: u.ID, Action: a}, err)
	}
	return aborted, nil
}

func (p *pass) abort(ctx context.Context, b *objstore.Bucket, u *objstore.UploadInfo) error {
	if p.dry {
		return nil
	}
	up, err := b.Upload(ctx, u.Key, u.ID)
	if err != nil {
		return err
	}
	return up.Abort(ctx)
}
