package rgwadmin

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// command is a row of the table.
type command struct {
	words string // what it is called
	arg   string // what stands behind the words: "SECTION", or "[SECTION]" where it may be missing
	flags string // names of those that it takes, besides those of all
	help  string
	run   func(*call) error
}

// takes tells whether the command has a use for a flag.
func (c *command) takes(name string) bool {
	return slices.Contains(strings.Fields(c.flags+" "+everywhere), name)
}

// otherWords are other spellings of words in commands.
var otherWords = map[string]string{"delete": "rm", "del": "rm", "remove": "rm", "mv": "rename"}

func canonical(word string) string {
	if w, ok := otherWords[word]; ok {
		return w
	}
	return word
}

// joined writes "role policy" as the table has it.
func joined(words []string) []string {
	if len(words) > 1 && words[0] == "role" && words[1] == "policy" {
		return append([]string{"role-policy"}, words[2:]...)
	}
	return words
}

// find returns the command that begins the words, and what follows it.
func find(words []string) (*command, []string, error) {
	words = joined(words)
	var best *command
	matched := 0 // most words of any command
	for i := range commands {
		c := &commands[i]
		n := common(strings.Fields(c.words), words)
		matched = max(matched, n)
		if n == len(strings.Fields(c.words)) && (best == nil || n > len(strings.Fields(best.words))) {
			best = c
		}
	}
	if best == nil {
		return nil, nil, unknown(words, matched)
	}
	rest := words[len(strings.Fields(best.words)):]
	most := 0
	if best.arg != "" {
		most = 1
	}
	switch {
	case len(rest) > most && matched > len(strings.Fields(best.words)):
		return nil, nil, unknown(words, matched)
	case len(rest) > most:
		return nil, nil, unknown(words, len(words)-len(rest)+most)
	case len(rest) < most && !strings.HasPrefix(best.arg, "["):
		return nil, nil, fail(exitInvalid, "ERROR: %s: %s is missing", best.words, best.arg)
	}
	return best, rest, nil
}

// common counts the words with which both begin.
func common(name, words []string) int {
	for i := range name {
		if i == len(words) || canonical(name[i]) != canonical(words[i]) {
			return i
		}
	}
	return len(name)
}

// unknown tells which words could have followed the first n.
func unknown(words []string, n int) error {
	text := "ERROR: Unknown command"
	if n < len(words) {
		text = fmt.Sprintf("ERROR: Unrecognized argument: '%s'", words[n])
	}
	if next := following(words[:n]); len(next) > 0 {
		text += "\nExpected one of the following:\n  " + strings.Join(next, "\n  ")
	}
	return fail(exitFailure, "%s", text)
}

// following returns the words that may follow, sorted.
func following(words []string) []string {
	var next []string
	for _, c := range commands {
		name := strings.Fields(c.words)
		if n := len(words); len(name) > n && common(name, words) == n {
			next = append(next, name[n])
		}
	}
	slices.SortFunc(next, cmp.Compare[string])
	return slices.Compact(next)
}
