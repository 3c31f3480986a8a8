package httpx

import "strings"

// ParseETags reads a list of entity tags (If-Match, If-None-Match; RFC 9110,
// section 8.8.3) and returns them without quotes. Tags without quotes are
// taken as they are, as many clients send them; "*" stays "*". With weak, a
// weak tag counts like a strong one, else it is left out, since it never
// matches in a strong comparison.
func ParseETags(header string, weak bool) []string {
	var tags []string
	for rest := header; ; {
		rest = strings.TrimLeft(rest, " \t,")
		if rest == "" {
			return tags
		}
		isWeak := strings.HasPrefix(rest, "W/")
		if isWeak {
			rest = rest[2:]
		}
		var tag string
		if strings.HasPrefix(rest, `"`) {
			tag, rest, _ = strings.Cut(rest[1:], `"`)
		} else {
			tag, rest, _ = strings.Cut(rest, ",")
			tag = strings.TrimRight(tag, " \t")
		}
		if !isWeak || weak {
			tags = append(tags, tag)
		}
	}
}

// Unquote returns an entity tag without its quotes, if it has them.
func Unquote(tag string) string {
	if len(tag) >= 2 && tag[0] == '"' && tag[len(tag)-1] == '"' {
		return tag[1 : len(tag)-1]
	}
	return tag
}
