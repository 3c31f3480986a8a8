package fileblobs

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// FuzzParseMarker: a marker has one spelling, and nothing else is a version.
func FuzzParseMarker(f *testing.F) {
	for _, seed := range []string{markerText(layoutVersion), "", "coffer fileblobs layout +1\n", "coffer fileblobs layout 1", "coffer fileblobs layout 01\n", "coffer fileblobs layout 99999999999999999999\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		version, err := parseMarker(text)
		if err == nil {
			assert.Equal(t, text, markerText(version))
		}
	})
}
