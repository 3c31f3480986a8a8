package lifecycle

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func day(n int) time.Time { return time.Date(2026, 3, n, 0, 0, 0, 0, time.UTC) }

func rule(inner string) string {
	return `<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><Status>Enabled</Status>` + inner + `</Rule></LifecycleConfiguration>`
}

const (
	all     = `<Filter><Prefix></Prefix></Filter>`
	oneDay  = `<Expiration><Days>1</Days></Expiration>`
	markers = `<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>`
)

func TestVersion(t *testing.T) {
	current := Version{Key: "a/b", Size: 10, ModTime: noon, Latest: true}
	old := Version{Key: "a/b", Size: 10, ModTime: noon, NoncurrentSince: noon}
	marker := Version{Key: "a/b", ModTime: noon, Latest: true, DeleteMarker: true, Alone: true}
	with := func(v Version, change func(*Version)) Version { change(&v); return v }
	for _, tc := range []struct {
		why, rule string
		v         Version
		want      Kind
		at        time.Time
	}{
		{"a day ends at the midnight after it", all + oneDay, current, Expire, day(3)},
		{"at midnight sharp it has ended", all + oneDay, with(current, func(v *Version) { v.ModTime = day(1) }), Expire, day(2)},
		{"a date is the same for all", all + `<Expiration><Date>2026-03-09T00:00:00Z</Date></Expiration>`, current, Expire, day(9)},
		{"another prefix", `<Filter><Prefix>x</Prefix></Filter>` + oneDay, current, None, time.Time{}},
		{"the older form of a prefix", `<Prefix>a/</Prefix>` + oneDay, current, Expire, day(3)},
		{"a tag that is missing", `<Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter>` + oneDay, current, None, time.Time{}},
		{"a tag that is there", `<Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter>` + oneDay, with(current, func(v *Version) { v.Tags = map[string]string{"k": "v"} }), Expire, day(3)},
		{"And needs all", `<Filter><And><Prefix>a</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter>` + oneDay, current, None, time.Time{}},
		{"greater than is not equal", `<Filter><ObjectSizeGreaterThan>10</ObjectSizeGreaterThan></Filter>` + oneDay, current, None, time.Time{}},
		{"between two sizes", `<Filter><And><ObjectSizeGreaterThan>9</ObjectSizeGreaterThan><ObjectSizeLessThan>11</ObjectSizeLessThan></And></Filter>` + oneDay, current, Expire, day(3)},
		{"expiration leaves noncurrent versions alone", all + oneDay, old, None, time.Time{}},
		{"they have an action of their own", all + `<NoncurrentVersionExpiration><NoncurrentDays>2</NoncurrentDays></NoncurrentVersionExpiration>`, old, DeleteVersion, day(4)},
		{"the newest ones may be kept", all + `<NoncurrentVersionExpiration><NoncurrentDays>2</NoncurrentDays><NewerNoncurrentVersions>3</NewerNoncurrentVersions></NoncurrentVersionExpiration>`, with(old, func(v *Version) { v.Newer = 2 }), None, time.Time{}},
		{"and the others go", all + `<NoncurrentVersionExpiration><NoncurrentDays>2</NoncurrentDays><NewerNoncurrentVersions>3</NewerNoncurrentVersions></NoncurrentVersionExpiration>`, with(old, func(v *Version) { v.Newer = 3 }), DeleteVersion, day(4)},
		{"a marker that hides nothing goes", all + markers, marker, RemoveMarker, noon},
		{"a marker that hides versions stays", all + markers, with(marker, func(v *Version) { v.Alone = false }), None, time.Time{}},
		{"days remove lonely markers too", all + oneDay, marker, RemoveMarker, day(3)},
	} {
		c, err := Parse([]byte(rule(tc.rule)))
		require.NoError(t, err, tc.why)
		got := c.Version(&tc.v, Calendar{})
		assert.Equal(t, tc.want, got.Kind, tc.why)
		assert.True(t, tc.at.Equal(got.At), "%s: at %v", tc.why, got.At)
	}
}

func TestEarliestRuleWins(t *testing.T) {
	c, err := Parse([]byte(`<LifecycleConfiguration>
	  <Rule><ID>off</ID><Status>Disabled</Status>` + all + oneDay + `</Rule>
	  <Rule><ID>late</ID><Status>Enabled</Status>` + all + `<Expiration><Days>9</Days></Expiration></Rule>
	  <Rule><ID>soon</ID><Status>Enabled</Status>` + all + `<Expiration><Days>3</Days></Expiration></Rule></LifecycleConfiguration>`))
	require.NoError(t, err)
	assert.Equal(t, "soon", c.Version(&Version{ModTime: noon, Latest: true}, Calendar{}).Rule)
}

// TestManyDays: what was stored before numbers of days were bounded may have any.
func TestManyDays(t *testing.T) {
	at := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
	for _, days := range []int{math.MaxInt32, math.MaxInt32 + 1, math.MaxInt64, math.MaxInt64 - 807, 106751991167300} {
		for _, cal := range []Calendar{{}, {Day: time.Second}, {Day: 24 * time.Hour}, {Day: math.MaxInt64}} {
			due := cal.after(at, days)
			assert.Greater(t, due.Year(), 2090, "%d days of %v: %v", days, cal.Day, due)
		}
	}
}

func TestShortDaysAreNotRounded(t *testing.T) {
	c, err := Parse([]byte(rule(all + `<AbortIncompleteMultipartUpload><DaysAfterInitiation>2</DaysAfterInitiation></AbortIncompleteMultipartUpload>`)))
	require.NoError(t, err)
	a := c.Upload("k", noon, Calendar{Day: 10 * time.Second})
	assert.Equal(t, Abort, a.Kind)
	assert.Equal(t, noon.Add(20*time.Second), a.At)
}

func TestRefused(t *testing.T) {
	tag := `<Tag><Key>k</Key><Value>v</Value></Tag>`
	for _, tc := range []struct {
		why, doc string
		code     Code
	}{
		{"not XML", "x", MalformedXML},
		{"no rule", "<LifecycleConfiguration/>", MalformedXML},
		{"a slip in a filter must not select all", rule(`<Filter><ObjectSizeGreaterThn>1</ObjectSizeGreaterThn></Filter>` + oneDay), MalformedXML},
		{"two tags without And", rule(`<Filter>` + tag + tag + `</Filter>` + oneDay), MalformedXML},
		{"an element of another place", rule(all + `<Days>1</Days>` + oneDay), MalformedXML},
		{"two documents", rule(all+oneDay) + rule(all+oneDay), MalformedXML},
		{"a document type", `<!DOCTYPE x>` + rule(all+oneDay), MalformedXML},
		{"no action", rule(all), InvalidRequest},
		{"no filter", rule(oneDay), MalformedXML},
		{"two kinds of filter", rule(`<Prefix>a</Prefix>` + all + oneDay), MalformedXML},
		{"two conditions without And", rule(`<Filter><Prefix>a</Prefix>` + tag + `</Filter>` + oneDay), MalformedXML},
		{"a status of another name", strings.Replace(rule(all+oneDay), "Enabled", "enabled", 1), MalformedXML},
		{"no day", rule(all + `<Expiration><Days>0</Days></Expiration>`), InvalidArgument},
		{"more than the API's int", rule(all + `<Expiration><Days>2147483648</Days></Expiration>`), MalformedXML},
		{"never, as a long", rule(all + `<Expiration><Days>9223372036854775807</Days></Expiration>`), MalformedXML},
		{"nor for versions", rule(all + `<NoncurrentVersionExpiration><NoncurrentDays>2147483648</NoncurrentDays></NoncurrentVersionExpiration>`), MalformedXML},
		{"nor for uploads", rule(all + `<AbortIncompleteMultipartUpload><DaysAfterInitiation>2147483648</DaysAfterInitiation></AbortIncompleteMultipartUpload>`), MalformedXML},
		{"a date within a day", rule(all + `<Expiration><Date>2026-03-09T01:00:00Z</Date></Expiration>`), InvalidArgument},
		{"days and date", rule(all + `<Expiration><Days>1</Days><Date>2026-03-09T00:00:00Z</Date></Expiration>`), MalformedXML},
		{"markers have no tags", rule(`<Filter>` + tag + `</Filter>` + markers), InvalidRequest},
		{"uploads have no tags", rule(`<Filter>` + tag + `</Filter><AbortIncompleteMultipartUpload><DaysAfterInitiation>2</DaysAfterInitiation></AbortIncompleteMultipartUpload>`), InvalidRequest},
		{"a tag twice", rule(`<Filter><And>` + tag + tag + `</And></Filter>` + oneDay), InvalidRequest},
		{"sizes that nothing lies between", rule(`<Filter><And><ObjectSizeGreaterThan>9</ObjectSizeGreaterThan><ObjectSizeLessThan>10</ObjectSizeLessThan></And></Filter>` + oneDay), InvalidRequest},
		{"two rules of one name", `<LifecycleConfiguration>` + strings.Repeat(`<Rule><ID>a</ID><Status>Enabled</Status>`+all+oneDay+`</Rule>`, 2) + `</LifecycleConfiguration>`, InvalidArgument},
		{"a long name", rule(`<ID>` + strings.Repeat("x", 256) + `</ID>` + all + oneDay), InvalidArgument},
		{"more rules than S3 takes", `<LifecycleConfiguration>` + strings.Repeat(`<Rule><Status>Enabled</Status>`+all+oneDay+`</Rule>`, MaxRules+1) + `</LifecycleConfiguration>`, InvalidRequest},
		{"a transition would be a promise that we do not keep", rule(all + `<Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>`), NotImplemented},
	} {
		_, err := Parse([]byte(tc.doc))
		assert.ErrorIs(t, err, tc.code, tc.why)
	}
}

func TestRoundTripKeepsGivenNames(t *testing.T) {
	c, err := Parse([]byte(rule(all + oneDay)))
	require.NoError(t, err)
	require.NotEmpty(t, c.Rules[0].ID, "a rule without an ID gets one")
	data, err := c.XML()
	require.NoError(t, err)
	again, err := Parse(data)
	require.NoError(t, err)
	assert.Equal(t, c.Rules, again.Rules)
}

func FuzzParse(f *testing.F) {
	f.Add(rule(all+oneDay), "a")
	f.Fuzz(func(t *testing.T, doc, key string) {
		c, err := Parse([]byte(doc))
		if err != nil {
			return
		}
		c.Version(&Version{Key: key, Latest: true, ModTime: noon}, Calendar{})
		c.Version(&Version{Key: key, NoncurrentSince: noon}, Calendar{})
		c.Upload(key, noon, Calendar{})
	})
}

// BenchmarkVersion is what x-amz-expiration costs a request.
func BenchmarkVersion(b *testing.B) {
	c, err := Parse([]byte(`<LifecycleConfiguration>` + strings.Repeat(`<Rule><Status>Enabled</Status><Filter><And><Prefix>a/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter>`+oneDay+`</Rule>`, 20) + `</LifecycleConfiguration>`))
	require.NoError(b, err)
	v := &Version{Key: "a/b", Latest: true, ModTime: noon}
	b.ReportAllocs()
	for b.Loop() {
		c.Version(v, Calendar{})
	}
}
