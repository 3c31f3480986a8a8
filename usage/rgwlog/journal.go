package rgwlog

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A journal is a file of records: the CRC-32C of what follows, the length of
// the payload (2 bytes), the payload. It ends at the first record that is not
// whole. Payloads are
//
//	'd' id hour user bucket owner category    a slot, from now on known as id
//	'e' id successful sent received           one request
//
// with numbers as varints and strings behind their lengths.
const (
	recordHeader = 6
	recordSlot   = 'd'
	recordEvent  = 'e'

	journalSuffix = ".journal"
	writerFile    = "writer"
)

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

func journalName(seq uint64) string { return fmt.Sprintf("usage-%020d%s", seq, journalSuffix) }

// journals returns the sequence numbers of the journals in dir, ascending.
func journals(dir string) ([]uint64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var seqs []uint64
	for _, e := range entries {
		digits, isJournal := strings.CutSuffix(strings.TrimPrefix(e.Name(), "usage-"), journalSuffix)
		if seq, err := strconv.ParseUint(digits, 10, 64); isJournal && err == nil {
			seqs = append(seqs, seq)
		}
	}
	slices.Sort(seqs)
	return seqs, nil
}

// beginRecord makes room for the header of a record, endRecord fills it; start
// is the length of b at the beginning.
func beginRecord(b []byte) []byte { return append(b, 0, 0, 0, 0, 0, 0) }

func endRecord(b []byte, start int, table *crc32.Table) []byte {
	binary.LittleEndian.PutUint16(b[start+4:], uint16(len(b)-start-recordHeader))
	binary.LittleEndian.PutUint32(b[start:], crc32.Checksum(b[start+4:], table))
	return b
}

func appendSlot(b []byte, id uint64, s slot, table *crc32.Table) []byte {
	start := len(b)
	b = append(beginRecord(b), recordSlot)
	b = binary.AppendUvarint(b, id)
	b = binary.AppendVarint(b, s.hour)
	for _, f := range [...]string{s.user, s.bucket, s.owner, s.category} {
		b = append(binary.AppendUvarint(b, uint64(len(f))), f...)
	}
	return endRecord(b, start, table)
}

func appendEvent(b []byte, id uint64, c Counts, table *crc32.Table) []byte {
	start := len(b)
	b = append(beginRecord(b), recordEvent)
	b = binary.AppendUvarint(b, id)
	b = append(b, byte(c.SuccessfulOps))
	b = binary.AppendVarint(b, c.BytesSent)
	b = binary.AppendVarint(b, c.BytesReceived)
	return endRecord(b, start, table)
}

// replay adds up what is in a journal and tells how much of it was whole.
func replay(data []byte) (sums map[slot]*Counts, whole int) {
	sums = make(map[slot]*Counts)
	slots := make(map[uint64]slot)
	table := castagnoli()
	for whole+recordHeader <= len(data) {
		rest := data[whole:]
		end := recordHeader + int(binary.LittleEndian.Uint16(rest[4:]))
		if end == recordHeader || end > len(rest) || crc32.Checksum(rest[4:end], table) != binary.LittleEndian.Uint32(rest) {
			break
		}
		if !apply(decoder{b: rest[recordHeader:end]}, slots, sums) {
			break
		}
		whole += end
	}
	return sums, whole
}

// apply carries out one record.
func apply(d decoder, slots map[uint64]slot, sums map[slot]*Counts) bool {
	kind, id := d.byte(), d.uvarint()
	switch kind {
	case recordSlot:
		var s slot
		s.hour = d.varint()
		s.user, s.bucket, s.owner, s.category = d.text(), d.text(), d.text(), d.text()
		slots[id] = s
	case recordEvent:
		c := Counts{Ops: 1, SuccessfulOps: int64(d.byte()), BytesSent: d.varint(), BytesReceived: d.varint()}
		s, known := slots[id]
		if !known || d.failed {
			return false
		}
		if sums[s] == nil {
			sums[s] = &Counts{}
		}
		sums[s].add(c)
	default:
		return false
	}
	return !d.failed
}

// decoder reads what the append functions wrote; failed is set where it ends.
type decoder struct {
	b      []byte
	failed bool
}

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.failed = true
		return 0
	}
	c := d.b[0]
	d.b = d.b[1:]
	return c
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	d.skip(n)
	return v
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.b)
	d.skip(n)
	return v
}

func (d *decoder) skip(n int) {
	if n <= 0 {
		d.failed, d.b = true, nil
		return
	}
	d.b = d.b[n:]
}

func (d *decoder) text() string {
	n := d.uvarint()
	if n > uint64(len(d.b)) {
		d.failed, d.b = true, nil
		return ""
	}
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// writerID returns the id under which the process of a directory writes rows;
// it is made the first time.
func writerID(dir string, random func() string) (string, error) {
	path := filepath.Join(dir, writerFile)
	data, err := os.ReadFile(path)
	if err == nil && len(data) == writerLen {
		return string(data), nil
	}
	if err != nil && !os.IsNotExist(err) {
		return "", err
	}
	id := random()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return "", err
	}
	_, err = io.WriteString(f, id)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = syncDir(dir)
	}
	return id, err
}
