package iam

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/cofferstore/coffer/objstore/driver"
)

// Rows of this package begin with 'i' and a kind. Components end in a zero
// byte, which no name holds.
//
//	iu tenant 0 uid              user
//	ie e-mail in lower case      full name of the user
//	iy e-mail in lower case      full name of the user of the system
//	ik access-key                access key with its sealed secret
//	io tenant 0 uid 0 access-key keys of a user (no value)
//	im tenant 0 uid 0 serial     MFA device with its sealed seed
//	iw tenant 0 uid 0 subuser    Swift secret of a subuser, sealed
//	ia tenant 0 name             role
//	is                           check of the sealer
//	ir                           access key of the root user
const (
	rowSpace   = 'i'
	kindUser   = 'u'
	kindEmail  = 'e'
	kindSystem = 'y'
	kindKey    = 'k'
	kindOwned  = 'o'
	kindMFA    = 'm'
	kindSwift  = 'w'
	kindRole   = 'a'
	kindSealer = 's'
	kindRoot   = 'r'
)

func row(kind byte, parts ...string) []byte {
	b := append(make([]byte, 0, 64), rowSpace, kind)
	return append(b, strings.Join(parts, "\x00")...)
}

func userRow(id UserID) []byte            { return row(kindUser, id.Tenant, id.UID) }
func keyRow(accessKey string) []byte      { return row(kindKey, accessKey) }
func sealerRow() []byte                   { return row(kindSealer) }
func rootRow() []byte                     { return row(kindRoot) }
func ownedRows(id UserID) []byte          { return row(kindOwned, id.Tenant, id.UID, "") }
func ownedRow(id UserID, k string) []byte { return row(kindOwned, id.Tenant, id.UID, k) }

// emailRow finds a user by an address; those of the system have rows apart.
func emailRow(email string, system bool) []byte {
	if system {
		return row(kindSystem, strings.ToLower(email))
	}
	return row(kindEmail, strings.ToLower(email))
}

// mfaRow is the row of a device; that of the serial number "" begins all of the
// user's.
func mfaRow(id UserID, serial string) []byte { return row(kindMFA, id.Tenant, id.UID, serial) }

// roleRow is the row of a role; that of the name "" begins all of the tenant's.
func roleRow(id RoleID) []byte { return row(kindRole, id.Tenant, id.Name) }

// swiftRow is the row of a Swift secret; that of the subuser "" begins all of the
// user's.
func swiftRow(id UserID, subuser string) []byte { return row(kindSwift, id.Tenant, id.UID, subuser) }

// after returns the first possible row after all that begin with prefix, whose
// last byte is not 0xFF.
func after(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	end[len(end)-1]++
	return end
}

// load reads a row; a missing one is the error missing.
func load(r driver.Reader, key []byte, v any, missing error) error {
	data, err := r.Get(key)
	if errors.Is(err, driver.ErrNotFound) {
		return missing
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return ErrDamaged
	}
	return nil
}

func store(t driver.Txn, key []byte, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return t.Set(key, data)
}

// exists tells whether there is a row of that key.
func exists(r driver.Reader, key []byte) (bool, error) {
	_, err := r.Get(key)
	if errors.Is(err, driver.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
