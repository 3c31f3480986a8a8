package drivertest

import (
	"bytes"

	"github.com/stretchr/testify/assert"

	"github.com/cofferstore/coffer/objstore/driver"
)

// folderBase begins the rows of the folder checks. It is long, since a medium may
// treat ranges of rows with a common beginning as one.
const folderBase = "the rows of one bucket begin like this: "

// checkFolders changes rows between the firsts of folders, and looks at those in
// a snapshot from before and in one from after.
func checkFolders(r *indexRun) {
	r.put(folderBase+"a/1", "v", folderBase+"a/2", "v", folderBase+"c/1", "v", folderBase+"c/2", "v", folderBase+"e/1", "v", "z", "v")
	want := []string{"a/1=v", "c/1=v", "e/1=v"}
	steps := []struct {
		set, delete []string
		want        []string
		why         string
	}{
		{[]string{"b/1", "v"}, nil, []string{"a/1=v", "b/1=v", "c/1=v", "e/1=v"}, "a folder that is new between two"},
		{nil, []string{"b/1"}, []string{"a/1=v", "c/1=v", "e/1=v"}, "and gone again"},
		{[]string{"c/0", "v"}, nil, []string{"a/1=v", "c/0=v", "e/1=v"}, "a row before the first of a folder"},
		{nil, []string{"c/0", "c/1"}, []string{"a/1=v", "c/2=v", "e/1=v"}, "the first rows of a folder are deleted"},
		{nil, []string{"c/2"}, []string{"a/1=v", "e/1=v"}, "the last row of a folder is deleted"},
		{[]string{"c/2", "w"}, nil, []string{"a/1=v", "c/2=w", "e/1=v"}, "and is there again"},
		{[]string{"c/2", "x", "d/1", "v"}, nil, []string{"a/1=v", "c/2=x", "d/1=v", "e/1=v"}, "a first row has another value, and a folder is behind it"},
		{[]string{"c/3", "v"}, []string{"e/1"}, []string{"a/1=v", "c/2=x", "d/1=v"}, "a row inside a folder, and the last folder is gone"},
		{[]string{"f/1", "v"}, []string{"a/1", "a/2", "c/2", "c/3"}, []string{"d/1=v", "f/1=v"}, "many changes at once"},
		{nil, []string{"d/1", "f/1"}, []string{}, "nothing is left"},
		{[]string{"a/1", "v", "e/1", "v"}, nil, []string{"a/1=v", "e/1=v"}, "and something is again"},
	}
	for _, tt := range steps {
		r.view(func(before driver.Reader) error {
			r.wantFolders(before, want, "before: "+tt.why)
			r.update(func(tx driver.Txn) error {
				for i := 0; i < len(tt.set); i += 2 {
					if err := setAll(tx, folderBase+tt.set[i], tt.set[i+1]); err != nil {
						return err
					}
				}
				for _, key := range tt.delete {
					if err := deleteAll(tx, folderBase+key); err != nil {
						return err
					}
				}
				return nil
			})
			r.view(func(after driver.Reader) error {
				r.wantFolders(after, tt.want, tt.why)
				r.wantFolders(before, want, "a snapshot that is older: "+tt.why)
				r.wantFolders(after, tt.want, "again: "+tt.why)
				return nil
			})
			return nil
		})
		want = tt.want
	}
}

// wantFolders looks at the first rows of all folders twice, since a medium may
// remember where the first look led: at their keys, then also at what is there.
func (r *indexRun) wantFolders(rd driver.Reader, want []string, why string) {
	r.Helper()
	for range 2 {
		for _, stop := range []bool{false, true} {
			got, err := folders(rd, stop)
			assert.NoError(r, err, why)
			assert.Equal(r, want, got, why)
		}
	}
}

// folders returns the first row of each folder. If it is to stop at them, it
// reads their values with the cursor that seeks, else afterwards.
func folders(rd driver.Reader, stop bool) (rows []string, err error) {
	rows = []string{}
	c := rd.Scan([]byte(folderBase), []byte(folderBase+"\xff"), driver.ScanOptions{KeysOnly: !stop, MaxSkip: 1000})
	defer c.Close()
	for ok := c.Next(); ok; {
		key := bytes.Clone(c.Key())
		value, err := rd.Get(key)
		if stop && err == nil {
			value, err = c.Value()
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, string(key[len(folderBase):])+"="+string(value))
		folder := key[:bytes.IndexByte(key, '/')]
		ok = c.Seek(append(folder, '/'+1))
	}
	return rows, c.Close()
}
