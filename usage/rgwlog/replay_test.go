package rgwlog

import "testing"

// FuzzReplay feeds a journal that something else has written to.
func FuzzReplay(f *testing.F) {
	at := slot{place: place{user: "u", bucket: "b", hour: 7, owner: "o"}, category: "get_obj"}
	b := appendSlot(nil, 0, at, castagnoli())
	b = appendEvent(b, 0, Counts{Ops: 1, BytesSent: 5}, castagnoli())
	f.Add(b)
	f.Add([]byte("\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		sums, whole := replay(append(append([]byte(nil), b...), data...))
		if whole < len(b) || sums[at] == nil || sums[at].Ops < 1 {
			t.Errorf("what is in front is lost: %d, %v", whole, sums)
		}
		for s := range sums {
			row := s.row("0123456789abcdef0123456789abcdef")
			if p, ok := cutRow(row); !ok || s.hour >= 0 && p != s.place {
				t.Errorf("%q is not the row of %+v", row, s.place)
			}
		}
	})
}
