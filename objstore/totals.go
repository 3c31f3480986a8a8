package objstore

import "github.com/cofferstore/coffer/objstore/driver"

// fields returns the members of t in the order of their counters, which must
// not change.
func (t *Totals) fields() [9]*int64 {
	return [9]*int64{
		&t.Objects, &t.Bytes, &t.Noncurrent, &t.NoncurrentBytes, &t.DeleteMarkers,
		&t.Uploads, &t.Parts, &t.PartBytes, &t.RoundedBytes,
	}
}

// plus returns the sums of t and d.
func (t Totals) plus(d Totals) Totals {
	to, from := t.fields(), d.fields()
	for i := range to {
		*to[i] += *from[i]
	}
	return t
}

// negated returns t with all signs changed.
func (t Totals) negated() Totals {
	for _, f := range t.fields() {
		*f = -*f
	}
	return t
}

// rounded is what n bytes count in Totals.RoundedBytes.
func rounded(n int64) int64 { return (n + 4095) &^ 4095 }

// currentTotals is what a version counts while it is the latest of its key.
func currentTotals(info *ObjectInfo) Totals {
	if info.DeleteMarker {
		return Totals{DeleteMarkers: 1}
	}
	return Totals{Objects: 1, Bytes: info.Size, RoundedBytes: rounded(info.Size)}
}

// noncurrentTotals is what a version counts while there is a later one.
func noncurrentTotals(info *ObjectInfo) Totals {
	if info.DeleteMarker {
		return Totals{DeleteMarkers: 1}
	}
	return Totals{Noncurrent: 1, NoncurrentBytes: info.Size, RoundedBytes: rounded(info.Size)}
}

// Scopes of counters; each is the prefix of one counter a member of Totals.

func bucketScope(ref [16]byte) []byte {
	b := append(row(kindCounter, 1+len(ref)), 'b')
	return append(b, ref[:]...)
}

func ownerScope(owner string) []byte {
	b := append(row(kindCounter, 1+len(owner)+3), 'o')
	return appendEscaped(b, owner)
}

// addTotals adds d to the counters of a bucket and of its owner.
func addTotals(txn driver.Txn, info BucketInfo, d Totals) error {
	if d == (Totals{}) {
		return nil
	}
	if err := addScope(txn, bucketScope(info.Ref), d); err != nil {
		return err
	}
	return addScope(txn, ownerScope(info.Owner), d)
}

// addScope adds d to the counters of one scope.
func addScope(txn driver.Txn, scope []byte, d Totals) error {
	key := counterRow(scope, 0)
	for i, f := range d.fields() {
		if *f == 0 {
			continue
		}
		key[len(scope)] = byte(i)
		if err := txn.Add(key, *f); err != nil {
			return err
		}
	}
	return nil
}

// readTotals returns the counters of one scope.
func readTotals(r driver.Reader, scope []byte) (Totals, error) {
	var t Totals
	key := counterRow(scope, 0)
	for i, f := range t.fields() {
		key[len(scope)] = byte(i)
		n, err := r.Counter(key)
		if err != nil {
			return Totals{}, err
		}
		*f = n
	}
	return t, nil
}

// TotalsIn returns a bucket's exact counts in a snapshot of the store's index,
// for a package that joins them with rows of its own. A ref that no bucket has
// is all zeros.
func TotalsIn(r driver.Reader, ref [16]byte) (Totals, error) { return readTotals(r, bucketScope(ref)) }

// counterRow is the key of one counter of a scope, in memory of its own.
func counterRow(scope []byte, field int) []byte {
	return append(scope[:len(scope):len(scope)], byte(field))
}

// epochRow is the counter of a scope that moves on when its other counters are
// set to right, or change by what they say themselves instead of by what was
// written, so that a check can tell whether the drift is still what it found.
func epochRow(scope []byte) []byte { return counterRow(scope, 0xFE) }

func nextEpoch(txn driver.Txn, scope []byte) error { return txn.Add(epochRow(scope), 1) }
