package rgwadmin

import (
	"fmt"
	"io"
	"strings"
)

// completionCommand is the one command that needs no store.
const completionCommand = "completion"

// complete prints what makes a shell complete the words and flags of commands.
func complete(w io.Writer, shell string) error {
	scripts := map[string]string{"bash": bashScript, "zsh": zshScript, "fish": fishScript}
	script, ok := scripts[shell]
	if !ok {
		return fail(exitInvalid, "ERROR: no completion for %q: want bash, zsh or fish", shell)
	}
	cases := shellCases
	if shell == "fish" {
		cases = fishCases
	}
	return show(w, strings.NewReplacer("{CASES}", cases(), "{VALUES}", valueFlags(shell)).Replace(script))
}

// valueFlags is a pattern of the flags that a value follows.
func valueFlags(shell string) string {
	var names []string
	for _, f := range flags {
		if f.arg != "" {
			names = append(names, "--"+f.name)
		}
	}
	if shell == "fish" {
		return strings.Join(names, " ")
	}
	return strings.Join(names, "|")
}

// candidates calls each with the words of every beginning of a command and what
// may come next.
func candidates(each func(words string, next []string)) {
	seen := map[string]bool{}
	for i := range commands {
		name := strings.Fields(commands[i].words)
		for n := range len(name) + 1 {
			words := strings.Join(name[:n], " ")
			if seen[words] {
				continue
			}
			seen[words] = true
			next := following(name[:n])
			if n == len(name) {
				next = append(next, commands[i].completions()...)
			}
			each(words, next)
		}
	}
}

// completions are what may stand behind the words of a command.
func (c *command) completions() []string {
	var next []string
	if c.words == completionCommand {
		next = append(next, "bash", "fish", "zsh")
	}
	for _, name := range strings.Fields(c.flags + " " + everywhere) {
		next = append(next, "--"+name)
	}
	return next
}

// shellCases are the candidates as cases of bash and zsh.
func shellCases() string {
	var b strings.Builder
	candidates(func(words string, next []string) {
		fmt.Fprintf(&b, "        '%s') words='%s' ;;\n", words, strings.Join(next, " "))
	})
	return strings.TrimSuffix(b.String(), "\n")
}

// fishCases are the candidates as cases of fish.
func fishCases() string {
	var b strings.Builder
	candidates(func(words string, next []string) {
		fmt.Fprintf(&b, "        case '%s'\n            string split -- ' ' '%s'\n", words, strings.Join(next, " "))
	})
	return strings.TrimSuffix(b.String(), "\n")
}

// bashScript splits at "=", as bash does with the words of a line.
const bashScript = `# Completion of radosgw-admin and coffer admin for bash:
#   source <(coffer admin completion bash)
_radosgw_admin() {
    local cur=${COMP_WORDS[COMP_CWORD]} said='' words='' i=1
    if [[ ${COMP_WORDS[0]##*/} == coffer ]]; then
        [[ ${COMP_WORDS[1]} == admin ]] || return
        i=2
    fi
    for ((; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        {VALUES})
            ((i++))
            if [[ ${COMP_WORDS[i]} == '=' ]]; then ((i++)); fi
            if ((i >= COMP_CWORD)); then return; fi ;;
        -*) if [[ ${COMP_WORDS[i + 1]} == '=' ]]; then ((i += 2)); fi ;;
        *) said="$said${said:+ }${COMP_WORDS[i]}" ;;
        esac
    done
    case $said in
{CASES}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _radosgw_admin radosgw-admin coffer
`

const zshScript = `#compdef radosgw-admin
# Completion of radosgw-admin for zsh, as a file _radosgw-admin in a directory of
# $fpath, or: source <(coffer admin completion zsh)
_radosgw_admin() {
    local said='' i=2
    local -a line=("${words[@]}")
    for ((; i < CURRENT; i++)); do
        case $line[i] in
        {VALUES}) ((i++)); if ((i >= CURRENT)); then _default; return; fi ;;
        -*) ;;
        *) said="$said${said:+ }$line[i]" ;;
        esac
    done
    local words=''
    case $said in
{CASES}
    esac
    compadd -- ${=words}
}
if [[ $funcstack[1] == _radosgw-admin ]]; then
    _radosgw_admin
else
    compdef _radosgw_admin radosgw-admin
fi
`

const fishScript = `# Completion of radosgw-admin for fish:
#   coffer admin completion fish | source
function __radosgw_admin_next
    set -l said
    set -l skip 0
    for word in (commandline -opc)[2..]
        if test $skip = 1
            set skip 0
        else if contains -- $word {VALUES}
            set skip 1
        else if not string match -q -- '-*' $word
            set said $said $word
        end
    end
    test $skip = 1; and return
    switch "$said"
{CASES}
    end
end
complete -c radosgw-admin -f -a '(__radosgw_admin_next)'
`
