package iam

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/objstore/driver"
)

// Bounds of MFA devices.
const (
	MaxMFAPerUser   = 8
	MaxMFASerialLen = 256 // bytes
	MinMFASeed      = 16  // bytes, RFC 4226, section 4, R6
	MaxMFASeed      = 64  // bytes
	MaxMFAWindow    = 10  // codes
	mfaSeed         = 20  // bytes of a seed that is made here
	mfaDigits       = otp.DigitsSix
)

// MFADevice is a device that shows one-time codes: TOTP (RFC 6238) with
// HMAC-SHA-1 and six digits, as all authenticator apps have it.
type MFADevice struct {
	Serial string // what the user names it by; without spaces

	// Period is how long a code is shown, in whole seconds from 1 to 300.
	// Default 30.
	Period time.Duration

	// Window is how many codes before and after the present one are taken, for
	// clocks that differ. 0 is the default of 1; at most [MaxMFAWindow].
	Window int

	// Created is set by AddMFADevice.
	Created time.Time
}

// MFASecret is what a device is set up with. It is shown once.
type MFASecret struct {
	Seed []byte

	// URL is the seed in the form that authenticator apps read, usually as a QR
	// code.
	URL string
}

// storedMFA is the row of a device.
type storedMFA struct {
	MFADevice
	Sealed []byte

	Used  uint64 // the counter of the last code that was taken
	Wrong int    // codes in a row that were not
	Until time.Time
}

var _ auth.SecondFactor = (*Directory)(nil)

func (m *MFADevice) complete() error {
	if m.Period == 0 {
		m.Period = 30 * time.Second
	}
	if m.Window == 0 {
		m.Window = 1
	}
	switch {
	case m.Serial == "" || len(m.Serial) > MaxMFASerialLen || !graphic(m.Serial) || strings.Contains(m.Serial, " "):
		return invalid("not a serial number of a device")
	case m.Period < time.Second || m.Period > 5*time.Minute || m.Period%time.Second != 0:
		return invalid("the period of a device is 1 to 300 seconds")
	case m.Window < 0 || m.Window > MaxMFAWindow:
		return invalid("the window of a device is 1 to 10 codes")
	}
	return nil
}

// AddMFADevice gives a user a device. A nil seed is made up. It is
// [ErrDeviceExists] when the user has a device of that serial number, and
// [ErrTooManyDevices] beyond [MaxMFAPerUser].
func (d *Directory) AddMFADevice(ctx context.Context, id UserID, m MFADevice, seed []byte) (MFASecret, error) {
	secret, err := d.addMFADevice(ctx, id, m, seed)
	if err != nil {
		return MFASecret{}, wrap("AddMFADevice", id.String(), err)
	}
	d.log.Info("MFA device added", "user", id.String(), "serial", m.Serial)
	return secret, nil
}

func (d *Directory) addMFADevice(ctx context.Context, id UserID, m MFADevice, seed []byte) (MFASecret, error) {
	if err := errors.Join(id.check(), m.complete()); err != nil {
		return MFASecret{}, firstInvalid(err)
	}
	if seed == nil {
		seed = make([]byte, mfaSeed)
		_, _ = rand.Read(seed) // never fails (see crypto/rand)
	}
	if len(seed) < MinMFASeed || len(seed) > MaxMFASeed {
		return MFASecret{}, invalid("a seed has 16 to 64 bytes")
	}
	m.Created = d.now().UTC()
	place := mfaRow(id, m.Serial)
	sealed, err := d.sealer.Seal(seed, place)
	if err != nil {
		return MFASecret{}, err
	}
	err = d.index.Update(ctx, func(t driver.Txn) error {
		if err := load(t, userRow(id), &User{}, ErrNoSuchUser); err != nil {
			return err
		}
		rows, err := mfaRows(t, id)
		if err != nil {
			return err
		}
		if len(rows) >= MaxMFAPerUser {
			return ErrTooManyDevices
		}
		taken, err := exists(t, place)
		if err != nil {
			return err
		}
		if taken {
			return ErrDeviceExists
		}
		return store(t, place, &storedMFA{MFADevice: m, Sealed: sealed})
	})
	return MFASecret{Seed: seed, URL: m.url(id, seed)}, err
}

// url follows the key URI format of Google Authenticator.
func (m *MFADevice) url(id UserID, seed []byte) string {
	q := url.Values{
		"secret": {encodeSeed(seed)}, "issuer": {"Coffer"}, "algorithm": {"SHA1"}, "digits": {"6"},
		"period": {strconv.Itoa(int(m.Period / time.Second))},
	}
	return "otpauth://totp/" + url.PathEscape("Coffer:"+id.String()) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

func encodeSeed(seed []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(seed)
}

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

// mfaRefused is the one answer to whatever is wrong with a code, so that it
// does not tell what.
func mfaRefused() error {
	return &auth.Error{Reason: auth.ErrAccessDenied, Message: "MFA authentication failed."}
}

// VerifyMFA implements [auth.SecondFactor]. A code is taken once; codes before
// one that was taken are not taken any more. After some wrong codes in a row
// the device takes none for a while, which doubles with each further one.
func (d *Directory) VerifyMFA(ctx context.Context, user, serial, code string) error {
	id, m := ParseUserID(user), MFADevice{Serial: serial}
	if id.check() != nil || m.complete() != nil || len(code) != mfaDigits.Length() {
		return mfaRefused()
	}
	var ok bool
	err := d.index.Update(ctx, func(t driver.Txn) (err error) {
		ok, err = d.tryMFA(t, id, serial, code)
		return err
	})
	switch {
	case errors.Is(err, ErrNoSuchDevice):
		return mfaRefused()
	case err != nil:
		return wrap("VerifyMFA", user, err)
	case !ok:
		d.log.Warn("MFA code refused", "user", user, "serial", serial)
		return mfaRefused()
	}
	return nil
}

// tryMFA judges a code and keeps the outcome.
func (d *Directory) tryMFA(t driver.Txn, id UserID, serial, code string) (bool, error) {
	place := mfaRow(id, serial)
	var u User
	if err := load(t, userRow(id), &u, ErrNoSuchDevice); err != nil {
		return false, err
	}
	var m storedMFA
	if err := load(t, place, &m, ErrNoSuchDevice); err != nil {
		return false, err
	}
	now := d.now()
	if u.Suspended || now.Before(m.Until) {
		return false, nil
	}
	seed, err := d.sealer.Open(m.Sealed, place)
	if err != nil {
		return false, err
	}
	counter, ok, err := m.match(encodeSeed(seed), code, now)
	if err != nil {
		return false, err
	}
	if ok {
		m.Used, m.Wrong, m.Until = counter, 0, time.Time{}
	} else {
		m.miss(now)
	}
	return ok, store(t, place, &m)
}

const (
	freeMisses = 5         // wrong codes in a row before the device pauses
	maxPause   = time.Hour // of a device
)

// miss counts a wrong code.
func (m *storedMFA) miss(now time.Time) {
	m.Wrong++
	if over := m.Wrong - freeMisses; over >= 0 {
		m.Until = now.Add(min(m.Period<<min(over, 12), maxPause)).UTC()
	}
}

// match finds the counter whose code this is, among those that the device may
// show now and that are later than the last one used. It compares with all of
// them, whichever matches.
func (m *storedMFA) match(secret, code string, now time.Time) (counter uint64, ok bool, err error) {
	present := now.Unix() / int64(m.Period/time.Second)
	for c := present - int64(m.Window); c <= present+int64(m.Window); c++ {
		if c < 0 {
			continue
		}
		want, err := hotp.GenerateCodeCustom(secret, uint64(c), hotp.ValidateOpts{Digits: mfaDigits, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, false, err
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && uint64(c) > m.Used {
			counter, ok = uint64(c), true
		}
	}
	return counter, ok, nil
}
