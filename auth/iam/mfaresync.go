package iam

import (
	"context"
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
)

// How far a clock may be off for [Directory.ResyncMFADevice]: a week, as
// radosgw-admin searches, which is so many of the usual periods.
const (
	maxMFAOffset = 7 * 24 * time.Hour
	maxMFASteps  = int64(maxMFAOffset / (30 * time.Second))
)

// ResyncMFADevice finds how far the clock of a device is off, from two codes
// that it showed one after the other, the second one just now. Neither code is
// taken afterwards, and pauses after wrong codes end. It is [ErrNoSuchDevice],
// or [ErrCodesNotFound] when no clock within a week, and within 20160 periods,
// shows these codes.
func (d *Directory) ResyncMFADevice(ctx context.Context, id UserID, serial, first, second string) error {
	err := d.resync(ctx, id, serial, first, second)
	if err == nil {
		d.log.Info("MFA device synchronized", "user", id.String(), "serial", serial)
	}
	return wrap("ResyncMFADevice", id.String(), err)
}

func (d *Directory) resync(ctx context.Context, id UserID, serial, first, second string) error {
	m, seed, err := d.mfaSeed(ctx, id, serial)
	if err != nil {
		return err
	}
	straight := m.MFADevice
	straight.Offset = 0
	present := straight.counter(d.now())
	steps, err := findSteps(ctx, encodeSeed(seed), present, min(maxMFASteps, int64(maxMFAOffset/m.Period)), [2]string{first, second})
	if err != nil {
		return err
	}
	// The search is too long for a transaction; the device may be another by now.
	return d.index.Update(ctx, func(t driver.Txn) error {
		var now storedMFA
		if err := load(t, mfaRow(id, serial), &now, ErrNoSuchDevice); err != nil {
			return err
		}
		if string(now.Sealed) != string(m.Sealed) {
			return ErrNoSuchDevice
		}
		now.Offset = time.Duration(steps) * m.Period
		now.Used, now.Wrong, now.Until = uint64(present+steps), 0, time.Time{}
		return store(t, mfaRow(id, serial), &now)
	})
}

// findSteps returns by how many periods a clock is off that shows the second
// code now and has shown the first one before; the smallest such number.
func findSteps(ctx context.Context, secret string, present, most int64, codes [2]string) (int64, error) {
	if len(codes[0]) != mfaDigits.Length() || len(codes[1]) != mfaDigits.Length() {
		return 0, ErrCodesNotFound
	}
	for n := range 2*most + 1 {
		steps := (n + 1) / 2
		if n%2 == 0 {
			steps = -steps
		}
		counter := present + steps
		if counter < 1 {
			continue
		}
		if n%1024 == 0 && ctx.Err() != nil {
			return 0, ctx.Err()
		}
		ok, err := isCode(secret, uint64(counter), codes[1])
		if err == nil && ok {
			ok, err = isCode(secret, uint64(counter-1), codes[0])
		}
		if err != nil || ok {
			return steps, err
		}
	}
	return 0, ErrCodesNotFound
}
