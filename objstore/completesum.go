package objstore

import (
	"fmt"
	"strings"

	"github.com/cofferstore/coffer/objstore/checksum"
)

// sum makes the checksum of the object and compares it with the expected one.
func (c *completion) sum() (err error) {
	u, o := &c.u.info, c.o
	switch {
	case o.ChecksumType != "" && o.ChecksumType != u.ChecksumType:
		return fmt.Errorf("%w: the upload's checksum type is %q, not %q", ErrInvalidRequest, u.ChecksumType, o.ChecksumType)
	case u.Checksum == "" && o.Checksum != "":
		return fmt.Errorf("%w: the upload has no checksum", ErrInvalidRequest)
	case u.Checksum == "":
		return nil
	}
	sum := Checksum{Algorithm: u.Checksum, Type: u.ChecksumType}
	if sum.Value, err = c.checksum(u.Checksum, u.ChecksumType); err != nil {
		return err
	}
	// The number of parts behind a composite checksum may be left out.
	whole, _, _ := strings.Cut(sum.Value, "-")
	if o.Checksum != "" && o.Checksum != sum.Value && o.Checksum != whole {
		return fmt.Errorf("%w: the checksum of the parts is %s", ErrBadDigest, sum.Value)
	}
	c.rec.info.Checksum = sum
	return nil
}

func (c *completion) checksum(alg checksum.Algorithm, typ ChecksumType) (string, error) {
	raw := make([][]byte, len(c.parts))
	sized := make([]checksum.Part, len(c.parts))
	for i := range c.parts {
		sum, err := alg.Decode(c.parts[i].checksum.Value)
		if err != nil {
			return "", fmt.Errorf("%w: part %d has no %s checksum", ErrInvalidPart, c.numbers[i], alg)
		}
		raw[i], sized[i] = sum, checksum.Part{Sum: sum, Size: c.parts[i].size}
	}
	if typ == ChecksumComposite {
		return checksum.Composite(alg, raw)
	}
	sum, err := checksum.Combine(alg, sized)
	if err != nil {
		return "", err
	}
	return checksum.Encode(sum), nil
}
