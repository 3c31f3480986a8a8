package awssig

const upperHex = "0123456789ABCDEF"
const lowerHex = "0123456789abcdef"

// unreserved are the bytes that the UriEncode function of Signature Version 4
// leaves alone (RFC 3986, section 2.3).
var unreserved = unreservedTable()

func unreservedTable() (t [256]bool) {
	for c := range t {
		t[c] = 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
			c == '-' || c == '.' || c == '_' || c == '~'
	}
	return t
}

// escapeMode says what the bytes '/' and '+' mean where they stand.
type escapeMode uint8

const (
	escapePath  escapeMode = iota // '/' separates
	escapeForm                    // '+' is a space, as in an HTML form
	escapeQuery                   // '+' is a plus
)

// appendEscaped appends raw, which may hold percent escapes, in the one spelling
// that is signed: unreserved bytes plain, all others as %XX in capitals. An
// escaped slash stays escaped; a percent sign that starts no escape is data.
func appendEscaped(dst []byte, raw string, mode escapeMode) []byte {
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case unreserved[c], c == '/' && mode == escapePath:
			dst = append(dst, c)
			continue
		case c == '+' && mode == escapeForm:
			c = ' '
		case c == '%':
			if b, ok := unhexAt(raw, i+1); ok {
				c, i = b, i+2
				if unreserved[c] {
					dst = append(dst, c)
					continue
				}
			}
		}
		dst = appendPercent(dst, c)
	}
	return dst
}

// appendLiteral appends data, in which a percent sign is just a byte.
func appendLiteral(dst []byte, data string, keepSlash bool) []byte {
	for i := 0; i < len(data); i++ {
		c := data[i]
		if unreserved[c] || keepSlash && c == '/' {
			dst = append(dst, c)
		} else {
			dst = appendPercent(dst, c)
		}
	}
	return dst
}

// appendUnescaped appends raw with its percent escapes resolved.
func appendUnescaped(dst []byte, raw string, plusIsSpace bool) []byte {
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c == '%' {
			if b, ok := unhexAt(raw, i+1); ok {
				c, i = b, i+2
			}
		} else if c == '+' && plusIsSpace {
			c = ' '
		}
		dst = append(dst, c)
	}
	return dst
}

func appendPercent(dst []byte, c byte) []byte {
	return append(dst, '%', upperHex[c>>4], upperHex[c&15])
}

func unhexAt(s string, i int) (byte, bool) {
	if i+2 > len(s) {
		return 0, false
	}
	hi, lo := unhex(s[i]), unhex(s[i+1])
	return hi<<4 | lo&15, hi < 16 && lo < 16
}

// unhex returns the value of a hexadecimal digit, or 255.
func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}

func appendHex(dst, src []byte) []byte {
	for _, c := range src {
		dst = append(dst, lowerHex[c>>4], lowerHex[c&15])
	}
	return dst
}
