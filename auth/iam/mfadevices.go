package iam

import (
	"context"
	"errors"

	"github.com/cofferstore/coffer/objstore/driver"
)

// mfaRows returns the keys of the rows of a user's devices.
func mfaRows(r driver.Reader, id UserID) ([][]byte, error) {
	prefix := mfaRow(id, "")
	c := r.Scan(prefix, after(prefix), driver.ScanOptions{KeysOnly: true})
	defer c.Close()
	var rows [][]byte
	for c.Next() {
		rows = append(rows, append([]byte(nil), c.Key()...))
	}
	return rows, c.Close()
}

// MFADevices returns the devices of a user, sorted by serial number. A user who
// does not exist has none.
func (d *Directory) MFADevices(ctx context.Context, id UserID) ([]MFADevice, error) {
	var devices []MFADevice
	err := id.check()
	if err == nil {
		err = d.index.View(ctx, func(r driver.Reader) error {
			rows, err := mfaRows(r, id)
			devices = make([]MFADevice, len(rows))
			for i := 0; err == nil && i < len(rows); i++ {
				var m storedMFA
				err = load(r, rows[i], &m, ErrDamaged)
				devices[i] = m.MFADevice
			}
			return err
		})
	}
	if err != nil {
		return nil, wrap("MFADevices", id.String(), err)
	}
	return devices, nil
}

// RemoveMFADevice takes a device from a user; one that is not there is
// [ErrNoSuchDevice].
func (d *Directory) RemoveMFADevice(ctx context.Context, id UserID, serial string) error {
	m := MFADevice{Serial: serial}
	err := firstInvalid(errors.Join(id.check(), m.complete()))
	if err == nil {
		err = d.index.Update(ctx, func(t driver.Txn) error {
			if err := load(t, mfaRow(id, serial), &storedMFA{}, ErrNoSuchDevice); err != nil {
				return err
			}
			return t.Delete(mfaRow(id, serial))
		})
	}
	if err != nil {
		return wrap("RemoveMFADevice", id.String(), err)
	}
	d.log.Info("MFA device removed", "user", id.String(), "serial", serial)
	return nil
}

// MFASecret returns what a device was set up with, or [ErrNoSuchDevice]. It is
// for administrators who may see every other secret of a user too.
func (d *Directory) MFASecret(ctx context.Context, id UserID, serial string) (MFASecret, error) {
	m, seed, err := d.mfaSeed(ctx, id, serial)
	if err != nil {
		return MFASecret{}, wrap("MFASecret", id.String(), err)
	}
	return MFASecret{Seed: seed, URL: m.url(id, seed)}, nil
}

// mfaSeed reads a device and its seed.
func (d *Directory) mfaSeed(ctx context.Context, id UserID, serial string) (m storedMFA, seed []byte, err error) {
	named := MFADevice{Serial: serial}
	if err := firstInvalid(errors.Join(id.check(), named.complete())); err != nil {
		return m, nil, err
	}
	place := mfaRow(id, serial)
	err = d.index.View(ctx, func(r driver.Reader) error {
		m = storedMFA{}
		return load(r, place, &m, ErrNoSuchDevice)
	})
	if err != nil {
		return m, nil, err
	}
	seed, err = d.sealer.Open(m.Sealed, place)
	return m, seed, err
}
