package rgwadmin

import (
	"encoding/base32"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
)

// defaultWindow is how many codes before and after the present one a new device
// may show, as in RGW.
const defaultWindow = 2

// deviceTOTP is RGW's number for the one kind of device.
const deviceTOTP = 2

// requireDevice wants --uid and --totp-serial.
func (c *call) requireDevice() error {
	switch {
	case !c.named:
		return fail(exitInvalid, "ERROR: user id was not provided (via --uid)")
	case c.get("totp-serial") == "":
		return fail(exitInvalid, "ERROR: TOTP device serial number was not provided (via --totp-serial)")
	}
	return nil
}

// seed reads --totp-seed.
func (c *call) seed() (seed []byte, inBase32 bool, err error) {
	text := c.get("totp-seed")
	switch kind := c.get("totp-seed-type"); {
	case text == "":
		return nil, false, fail(exitInvalid, "ERROR: TOTP device seed was not provided (via --totp-seed)")
	case kind == "" || kind == "hex":
		seed, err = hex.DecodeString(text)
	case kind == "base32":
		inBase32 = true
		text = strings.TrimRight(strings.ToUpper(text), "=")
		seed, err = base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	default:
		return nil, false, fail(exitInvalid, "ERROR: invalid seed type: %s", kind)
	}
	if err != nil {
		return nil, false, fail(exitInvalid, "ERROR: invalid seed: it is not %s", map[bool]string{false: "hex", true: "base32"}[inBase32])
	}
	return seed, inBase32, nil
}

// mfaCreate: mfa create. A device of that serial number is replaced.
func (c *call) mfaCreate() error {
	if err := c.requireDevice(); err != nil {
		return err
	}
	seed, inBase32, err := c.seed()
	if err != nil {
		return err
	}
	seconds, err := c.number("totp-seconds", 0)
	if err != nil {
		return err
	}
	window, err := c.number("totp-window", defaultWindow)
	if err != nil {
		return err
	}
	if seconds < 0 || seconds > 300 || window < 0 || window > iam.MaxMFAWindow {
		return fail(exitInvalid, "ERROR: a code is shown for 1 to 300 seconds, and the window is 0 to %d codes", iam.MaxMFAWindow)
	}
	_, err = c.service.CreateMFADevice(c.ctx, c.user, iam.MFADevice{
		Serial: c.get("totp-serial"), Period: time.Duration(seconds) * time.Second, Window: int(window), Base32: inBase32,
	}, seed)
	if err != nil {
		return c.deviceFailed("MFA creation", err)
	}
	return nil
}

// deviceFailed tells why a command on devices failed.
func (c *call) deviceFailed(what string, err error) error {
	status := statusOf(err)
	if auth.Is(err, auth.ErrAccessDenied) {
		status = exitDenied
	}
	if status == exitInvalid {
		return explained(err, "%s failed", what)
	}
	return fail(status, "%s failed, error: %s", what, errno(status))
}

// mfaList: mfa list. Seeds are shown, as in RGW.
func (c *call) mfaList() error {
	if !c.named {
		return fail(exitInvalid, "ERROR: user id was not provided (via --uid)")
	}
	devices, err := c.service.MFADevices(c.ctx, c.user)
	if noUser(err) {
		err = iam.ErrNoSuchUser
	}
	if err != nil {
		return c.deviceFailed("MFA listing", err)
	}
	entries := list{Item: "entry", Items: make([]any, 0, len(devices))}
	for i := range devices {
		d, err := c.deviceObject(&devices[i])
		if errors.Is(err, iam.ErrNoSuchDevice) {
			continue // removed meanwhile
		}
		if err != nil {
			return err
		}
		entries.Items = append(entries.Items, d)
	}
	return c.show("result", object{field("entries", entries)})
}

// deviceObject describes a device with its seed.
func (c *call) deviceObject(m *iam.MFADevice) (object, error) {
	secret, err := c.service.MFASecret(c.ctx, c.user, m.Serial)
	if err != nil {
		return nil, err
	}
	kind, seed := "hex", hex.EncodeToString(secret.Seed)
	if m.Base32 {
		kind, seed = "base32", base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret.Seed)
	}
	return object{
		field("type", deviceTOTP), field("id", m.Serial), field("seed", seed), field("seed_type", kind),
		field("time_ofs", int64(m.Offset/time.Second)), field("step_size", int64(m.Period/time.Second)), field("window", m.Window),
	}, nil
}

// mfaGet: mfa get
func (c *call) mfaGet() error {
	if err := c.requireDevice(); err != nil {
		return err
	}
	m, err := c.service.MFADevice(c.ctx, c.user, c.get("totp-serial"))
	if errors.Is(err, iam.ErrNoSuchDevice) || noUser(err) {
		return fail(exitNotThere, "MFA serial id not found")
	}
	if err != nil {
		return err
	}
	d, err := c.deviceObject(&m)
	if err != nil {
		return err
	}
	return c.show("result", object{field("entry", d)})
}

// mfaCheck: mfa check. A code that is right is used up.
func (c *call) mfaCheck() error {
	if err := c.requireDevice(); err != nil {
		return err
	}
	if c.get("totp-pin") == "" {
		return fail(exitInvalid, "ERROR: TOTP device pin was not provided (via --totp-pin)")
	}
	if err := c.service.CheckMFA(c.ctx, c.user, c.get("totp-serial"), c.get("totp-pin")); err != nil {
		return c.deviceFailed("MFA check", err)
	}
	return c.print("ok\n")
}

// mfaRemove: mfa remove. As in RGW, a device that is not there is no error.
func (c *call) mfaRemove() error {
	if err := c.requireDevice(); err != nil {
		return err
	}
	err := c.service.RemoveMFADevice(c.ctx, c.user, c.get("totp-serial"))
	if err != nil && !errors.Is(err, iam.ErrNoSuchDevice) {
		return c.deviceFailed("MFA removal", err)
	}
	return nil
}

// mfaResync: mfa resync, with two codes that the device showed one after the
// other.
func (c *call) mfaResync() error {
	if err := c.requireDevice(); err != nil {
		return err
	}
	pins := c.values["totp-pin"]
	if len(pins) != 2 {
		return fail(exitInvalid, "ERROR: missing two --totp-pin params (--totp-pin=<first> --totp-pin=<second>)")
	}
	err := c.service.ResyncMFADevice(c.ctx, c.user, c.get("totp-serial"), pins[0], pins[1])
	switch {
	case errors.Is(err, iam.ErrNoSuchDevice), noUser(err):
		return fail(exitNotThere, "MFA serial id not found")
	case errors.Is(err, iam.ErrCodesNotFound):
		return fail(exitInvalid, "Failed to find time that fits pin")
	case err != nil:
		return err
	}
	return nil
}
