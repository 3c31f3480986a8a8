package admin

import (
	"context"
	"fmt"

	"github.com/cofferstore/coffer/auth/iam"
)

// CreateMFADevice gives a user a device, in place of the one of that serial
// number if there is one, as radosgw-admin does; see [iam.Directory.SetMFADevice].
func (s *Service) CreateMFADevice(ctx context.Context, id iam.UserID, m iam.MFADevice, seed []byte) (iam.MFASecret, error) {
	return s.users.SetMFADevice(ctx, id, m, seed)
}

// MFADevices returns the devices of a user, sorted by serial number, or
// [iam.ErrNoSuchUser].
func (s *Service) MFADevices(ctx context.Context, id iam.UserID) ([]iam.MFADevice, error) {
	if _, err := s.users.User(ctx, id); err != nil {
		return nil, err
	}
	return s.users.MFADevices(ctx, id)
}

// MFADevice returns one device of a user, or [iam.ErrNoSuchUser] or
// [iam.ErrNoSuchDevice].
func (s *Service) MFADevice(ctx context.Context, id iam.UserID, serial string) (iam.MFADevice, error) {
	devices, err := s.MFADevices(ctx, id)
	if err != nil {
		return iam.MFADevice{}, err
	}
	for _, m := range devices {
		if m.Serial == serial {
			return m, nil
		}
	}
	return iam.MFADevice{}, fmt.Errorf("device %q of %s: %w", serial, id, iam.ErrNoSuchDevice)
}

// MFASecret returns what a device was set up with; see [iam.Directory.MFASecret].
func (s *Service) MFASecret(ctx context.Context, id iam.UserID, serial string) (iam.MFASecret, error) {
	return s.users.MFASecret(ctx, id, serial)
}

// CheckMFA judges a code like a request that needs a second factor: a right one
// is taken once, a wrong one is refused as [iam.Directory.VerifyMFA] does. A
// device that is not there is [iam.ErrNoSuchDevice].
func (s *Service) CheckMFA(ctx context.Context, id iam.UserID, serial, code string) error {
	if _, err := s.MFADevice(ctx, id, serial); err != nil {
		return err
	}
	return s.users.VerifyMFA(ctx, id.String(), serial, code)
}

// ResyncMFADevice finds how far the clock of a device is off; see
// [iam.Directory.ResyncMFADevice].
func (s *Service) ResyncMFADevice(ctx context.Context, id iam.UserID, serial, first, second string) error {
	return s.users.ResyncMFADevice(ctx, id, serial, first, second)
}

// RemoveMFADevice takes a device from a user, or returns [iam.ErrNoSuchDevice].
func (s *Service) RemoveMFADevice(ctx context.Context, id iam.UserID, serial string) error {
	return s.users.RemoveMFADevice(ctx, id, serial)
}
