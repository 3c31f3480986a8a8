package md5lanes

import "crypto/md5"

// Lanes is how many messages advance at a time.
const Lanes = 16

// Sum puts the MD5 of messages[i] into sums[i], in the cheapest way that there is:
// side by side, messages take about one and a half times what the longest of them
// takes alone. There are at most [Lanes] of them, and as many sums.
func Sum(messages [][]byte, sums [][16]byte) {
	total, longest := 0, 0
	for _, m := range messages {
		total, longest = total+len(m), max(longest, len(m))
	}
	if Available() && total >= 2*longest && len(messages) > 1 {
		sideBySide(messages, sums)
		return
	}
	oneByOne(messages, sums)
}

func oneByOne(messages [][]byte, sums [][16]byte) {
	for i, m := range messages {
		sums[i] = md5.Sum(m)
	}
}
