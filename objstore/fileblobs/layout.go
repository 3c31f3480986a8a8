package fileblobs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	markerName    = "COFFER-BLOBS"
	markerPrefix  = "coffer fileblobs layout "
	layoutVersion = 1
	fanOut        = 256

	// maxMarker bounds how much of a marker is read.
	maxMarker = 256

	dirPerm  fs.FileMode = 0o700
	filePerm fs.FileMode = 0o600
)

// directoryName names the i-th directory of the fan-out.
func directoryName(i int) string { return fmt.Sprintf("%02x", i) }

// prepare checks that dir holds a layout that this release can use, and makes
// one where there is none. The marker is made durable last: where it is whole,
// all directories are there.
func prepare(fsys FS, dir string) error {
	version, err := readMarker(fsys, dir)
	switch {
	case err == nil && version == layoutVersion:
		return nil
	case err == nil && version > layoutVersion:
		return fmt.Errorf("%w: version %d, known are versions up to %d", ErrNewer, version, layoutVersion)
	case err == nil:
		return fmt.Errorf("%w: layout version %d", ErrForeign, version)
	case errors.Is(err, fs.ErrNotExist):
		if err := makeDir(fsys, dir); err != nil {
			return err
		}
	case !errors.Is(err, errDamagedMarker):
		return err
	}
	if err := checkUnused(fsys, dir); err != nil {
		return err
	}
	return create(fsys, dir)
}

// makeDir makes dir unless it exists, and its name durable. Where the caller
// may not read the parent, making dir durable was up to whoever made it.
func makeDir(fsys FS, dir string) error {
	err := fsys.Mkdir(dir, dirPerm)
	existed := errors.Is(err, fs.ErrExist)
	if err != nil && !existed {
		return err
	}
	err = fsys.SyncDir(filepath.Dir(dir))
	switch {
	case existed && errors.Is(err, fs.ErrPermission):
		return nil
	case err != nil && !existed:
		return errors.Join(err, fsys.Remove(dir))
	}
	return err
}

// checkUnused refuses a directory that holds anything but what an interrupted
// create leaves: empty directories of the fan-out and a damaged marker.
func checkUnused(fsys FS, dir string) error {
	names, err := fsys.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if name == markerName {
			continue
		}
		if n, err := strconv.ParseUint(name, 16, 8); err != nil || name != directoryName(int(n)) {
			return fmt.Errorf("%w: it holds %q", ErrForeign, name)
		}
		inside, err := fsys.ReadDir(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if len(inside) > 0 {
			return fmt.Errorf("%w: no usable %s, but %s/%s exists", ErrForeign, markerName, name, inside[0])
		}
	}
	return nil
}

// create makes the layout. It may be repeated after an interruption. After a
// failure it takes back what it made: names whose sync failed cannot be made
// durable by syncing again.
func create(fsys FS, dir string) error {
	made, err := fill(fsys, dir)
	if err == nil {
		return nil
	}
	for _, name := range made {
		if removed := fsys.Remove(name); removed != nil && !errors.Is(removed, fs.ErrNotExist) {
			err = errors.Join(err, removed)
		}
	}
	return err
}

// fill makes the directories and then the marker, and returns their names.
func fill(fsys FS, dir string) (made []string, err error) {
	for i := range fanOut {
		name := filepath.Join(dir, directoryName(i))
		err := fsys.Mkdir(name, dirPerm)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return made, err
		}
		made = append(made, name)
	}
	if err := fsys.SyncDir(dir); err != nil {
		return made, err
	}
	marker := filepath.Join(dir, markerName)
	made = append(made, marker)
	if err := writeMarker(fsys, marker); err != nil {
		return made, err
	}
	return made, fsys.SyncDir(dir)
}

func writeMarker(fsys FS, name string) error {
	f, err := fsys.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, filePerm)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, markerText(layoutVersion))
	if err == nil {
		err = f.SyncData()
	}
	return errors.Join(err, f.Close())
}

const errDamagedMarker Error = "damaged marker"

// readMarker returns the layout's version, fs.ErrNotExist when there is no
// marker, and errDamagedMarker when it says nothing sensible, as after a crash
// during create.
func readMarker(fsys FS, dir string) (int, error) {
	f, err := fsys.OpenFile(filepath.Join(dir, markerName), os.O_RDONLY, 0)
	if err != nil {
		return 0, err
	}
	text := make([]byte, maxMarker)
	n, err := f.ReadAt(text, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	return parseMarker(string(text[:n]))
}

func parseMarker(text string) (int, error) {
	number, found := strings.CutPrefix(text, markerPrefix)
	number, ended := strings.CutSuffix(number, "\n")
	version, err := strconv.Atoi(number)
	if err != nil || !found || !ended || markerText(version) != text {
		return 0, errDamagedMarker
	}
	return version, nil
}

// markerText is what the marker of a layout version says.
func markerText(version int) string { return markerPrefix + strconv.Itoa(version) + "\n" }
