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

	// Offset is how far the clock of the device is ahead, in whole periods;
	// negative when it is behind. ResyncMFADevice finds it.
	Offset time.Duration `json:",omitempty"`

	// Base32 tells that the seed was given in Base32 instead of hexadecimal, for
	// tools that show it as it was given.
	Base32 bool `json:",omitempty"`

	// Created is set by AddMFADevice.
	Created time.Time
}

// MFASecret is what a device is set up with: do not log it.
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
	case m.Offset%m.Period != 0 || m.Offset.Abs() > maxMFAOffset:
		return invalid("the offset of a device is whole periods, of a week at most")
	}
	return nil
}

// AddMFADevice gives a user a device. A nil seed is made up. It is
// [ErrDeviceExists] when the user has a device of that serial number, and
// [ErrTooManyDevices] beyond [MaxMFAPerUser].
func (d *Directory) AddMFADevice(ctx context.Context, id UserID, m MFADevice, seed []byte) (MFASecret, error) {
	secret, err := d.putMFADevice(ctx, id, m, seed, false)
	return secret, wrap("AddMFADevice", id.String(), err)
}

// SetMFADevice is [Directory.AddMFADevice] that replaces the device of that
// serial number, if there is one.
func (d *Directory) SetMFADevice(ctx context.Context, id UserID, m MFADevice, seed []byte) (MFASecret, error) {
	secret, err := d.putMFADevice(ctx, id, m, seed, true)
	return secret, wrap("SetMFADevice", id.String(), err)
}

func (d *Directory) putMFADevice(ctx context.Context, id UserID, m MFADevice, seed []byte, replace bool) (MFASecret, error) {
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
		if err := requirePlace(t, id, place, replace); err != nil {
			return err
		}
		return store(t, place, &storedMFA{MFADevice: m, Sealed: sealed})
	})
	if err != nil {
		return MFASecret{}, err
	}
	d.log.Info("MFA device added", "user", id.String(), "serial", m.Serial)
	return MFASecret{Seed: seed, URL: m.url(id, seed)}, nil
}

// requirePlace tells why a user cannot have a device in a row.
func requirePlace(t driver.Txn, id UserID, place []byte, replace bool) error {
	if err := load(t, userRow(id), &User{}, ErrNoSuchUser); err != nil {
		return err
	}
	taken, err := exists(t, place)
	switch {
	case err != nil:
		return err
	case taken && replace:
		return nil
	case taken:
		return ErrDeviceExists
	}
	rows, err := mfaRows(t, id)
	if err == nil && len(rows) >= MaxMFAPerUser {
		err = ErrTooManyDevices
	}
	return err
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
	present := m.counter(now)
	for c := present - int64(m.Window); c <= present+int64(m.Window); c++ {
		if c < 0 {
			continue
		}
		shown, err := isCode(secret, uint64(c), code)
		if err != nil {
			return 0, false, err
		}
		if shown && uint64(c) > m.Used {
			counter, ok = uint64(c), true
		}
	}
	return counter, ok, nil
}

// counter is what the clock of the device counts at a time.
func (m *MFADevice) counter(now time.Time) int64 {
	return now.Add(m.Offset).Unix() / int64(m.Period/time.Second)
}

// isCode tells whether a code is that of a counter.
func isCode(secret string, counter uint64, code string) (bool, error) {
	want, err := hotp.GenerateCodeCustom(secret, counter, hotp.ValidateOpts{Digits: mfaDigits, Algorithm: otp.AlgorithmSHA1})
	return err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1, err
}
