package linkage

import (
	"fmt"
	"maps"
	"path"
	"strings"
)

// EnvCall is what env(1) makes of its arguments, as far as it decides which
// program starts.
type EnvCall struct {
	// Program is the command to start: a path, or a name that is looked up in PATH.
	// It is empty when there is none, and env prints the environment.
	Program string
	// Dir is the working directory to change to; empty for none.
	Dir string

	clear bool
	unset []string
	set   map[string]string
}

// Environ is the environment that the program gets, from the one that env has.
func (c *EnvCall) Environ(env map[string]string) map[string]string {
	out := map[string]string{}
	if !c.clear {
		maps.Copy(out, env)
		for _, name := range c.unset {
			delete(out, name)
		}
	}
	maps.Copy(out, c.set)
	return out
}

// EnvError is the error of arguments that env refuses.
type EnvError struct {
	// Text is what it then prints after its own name, with glibc.
	Text string
	// Option is the letter of an option that it does not have; often 0.
	Option byte
}

func (e *EnvError) Error() string { return "env: " + e.Text }

// IsEnv reports whether an interpreter is env, by its name.
func IsEnv(interp string) bool { return path.Base(interp) == "env" }

// maxSplits bounds how often the arguments of -S may hold another -S: what they
// expand to can hold any number of them.
const maxSplits = 16

// ParseEnv reads the arguments of env, without its name, as coreutils does, or
// BusyBox, which has no -S. Vars are the variables that ${NAME} in an argument of
// -S stands for. The error is an *EnvError.
func ParseEnv(args []string, vars map[string]string, busybox bool) (*EnvCall, error) {
	p := &envParser{call: EnvCall{set: map[string]string{}}, args: args, vars: vars, busybox: busybox}
	if err := p.options(); err != nil {
		return nil, err
	}
	if len(p.args) > 0 && p.args[0] == "-" {
		p.call.clear = true
		p.args = p.args[1:]
	}
	for len(p.args) > 0 {
		name, value, ok := strings.Cut(p.args[0], "=")
		if !ok {
			p.call.Program = p.args[0]
			break
		}
		p.call.set[name] = value
		p.args = p.args[1:]
	}
	return &p.call, nil
}

// envParser is the state of one ParseEnv.
type envParser struct {
	call    EnvCall
	args    []string // still to read
	vars    map[string]string
	busybox bool
	splits  int
}

// envOption is an option of env. One with a value takes it from the same word or
// from the next one.
type envOption struct {
	short byte
	long  string
	value bool // it must have a value
	equal bool // it may have one, after "="
	gnu   bool // BusyBox does not have it
}

var envOptions = []envOption{
	{short: 'i', long: "ignore-environment"},
	{short: 'u', long: "unset", value: true},
	{short: '0', long: "null"},
	{short: 'a', long: "argv0", value: true, gnu: true},
	{short: 'C', long: "chdir", value: true, gnu: true},
	{short: 'S', long: "split-string", value: true, gnu: true},
	{short: 'v', long: "debug", gnu: true},
	{long: "block-signal", equal: true, gnu: true},
	{long: "default-signal", equal: true, gnu: true},
	{long: "ignore-signal", equal: true, gnu: true},
	{long: "list-signal-handling", gnu: true},
}

// options reads the options that come first, as getopt_long does.
func (p *envParser) options() error {
	for len(p.args) > 0 {
		word := p.args[0]
		if len(word) < 2 || word[0] != '-' {
			return nil
		}
		p.args = p.args[1:]
		if word == "--" {
			return nil
		}
		read := p.short
		if strings.HasPrefix(word, "--") {
			read = p.long
		}
		if err := read(word); err != nil {
			return err
		}
	}
	return nil
}

// short reads a word of one-letter options, the last of which may have a value.
func (p *envParser) short(word string) error {
	for i := 1; i < len(word); i++ {
		o, ok := p.find(func(o envOption) bool { return o.short == word[i] })
		switch {
		case !ok:
			return &EnvError{Text: fmt.Sprintf("invalid option -- '%c'", word[i]), Option: word[i]}
		case !o.value:
			p.apply(o)
			continue
		case i+1 < len(word):
			return p.take(o, word[i+1:])
		}
		return p.takeNext(o)
	}
	return nil
}

// long reads a word such as --unset=NAME; a beginning that fits one option alone
// stands for it.
func (p *envParser) long(word string) error {
	name, value, hasValue := strings.Cut(word[2:], "=")
	o, ok := p.find(func(o envOption) bool { return o.long == name })
	if !ok {
		o, ok = p.find(func(o envOption) bool { return strings.HasPrefix(o.long, name) })
	}
	switch {
	case !ok:
		return &EnvError{Text: fmt.Sprintf("unrecognized option '--%s'", name)}
	case o.value && hasValue:
		return p.take(o, value)
	case o.value:
		return p.takeNext(o)
	}
	p.apply(o)
	return nil
}

// find returns the only option that fits.
func (p *envParser) find(fits func(envOption) bool) (found envOption, ok bool) {
	for _, o := range envOptions {
		if o.gnu && p.busybox || !fits(o) {
			continue
		}
		if ok {
			return envOption{}, false
		}
		found, ok = o, true
	}
	return found, ok
}

func (p *envParser) apply(o envOption) {
	if o.short == 'i' {
		p.call.clear = true
	}
}

func (p *envParser) takeNext(o envOption) error {
	if len(p.args) == 0 {
		return &EnvError{Text: fmt.Sprintf("option requires an argument -- '%c'", o.short)}
	}
	value := p.args[0]
	p.args = p.args[1:]
	return p.take(o, value)
}

func (p *envParser) take(o envOption, value string) error {
	switch o.short {
	case 'u':
		p.call.unset = append(p.call.unset, value)
	case 'C':
		p.call.Dir = value
	case 'S':
		if p.splits++; p.splits > maxSplits {
			return &EnvError{Text: "-S within -S, without an end"}
		}
		words, err := p.split(value)
		if err != nil {
			return err
		}
		p.args = append(words, p.args...)
	}
	return nil
}

// envSpace is what separates words for -S.
const envSpace = " \t\n\v\f\r"

// split makes words of the argument of -S (coreutils src/env.c, build_argv):
// quotes, escapes, ${NAME} and comments.
func (p *envParser) split(s string) ([]string, error) {
	var words []string
	var quote byte
	between := true // the next character begins a word
	add := func(text string) {
		if between {
			words = append(words, "")
			between = false
		}
		words[len(words)-1] += text
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case (c == '\'' || c == '"') && (quote == 0 || quote == c):
			add("")
			quote ^= c
		case quote == 0 && strings.IndexByte(envSpace, c) >= 0:
			between = true
		case c == '#' && between:
			return words, nil
		case c == '\\' && (quote != '\'' || i+1 < len(s) && (s[i+1] == '\\' || s[i+1] == '\'')):
			i++
			text, ends, err := envEscape(s[i:], quote)
			switch {
			case err != nil:
				return nil, err
			case ends:
				return words, nil
			case text == "":
				between = true
			default:
				add(text)
			}
		case c == '$' && quote != '\'':
			name, ok := envVariable(s[i:])
			if !ok {
				return nil, &EnvError{Text: "only ${VARNAME} expansion is supported, error at: " + s[i:]}
			}
			if value, set := p.vars[name]; set {
				add(value)
			}
			i += len("${}") + len(name) - 1
		default:
			add(string(c))
		}
	}
	if quote != 0 {
		return nil, &EnvError{Text: "no terminating quote in -S string"}
	}
	return words, nil
}

// envEscape is what stands for the character after a backslash. No text separates
// words.
func envEscape(rest string, quote byte) (text string, ends bool, err error) {
	if rest == "" {
		return "", false, &EnvError{Text: "invalid backslash at end of string in -S"}
	}
	switch c := rest[0]; c {
	case '"', '#', '$', '\'', '\\':
		return string(c), false, nil
	case '_':
		if quote == '"' {
			return " ", false, nil
		}
		return "", false, nil
	case 'c':
		if quote == '"' {
			return "", false, &EnvError{Text: `'\c' must not appear in double-quoted -S string`}
		}
		return "", true, nil
	case 'f':
		return "\f", false, nil
	case 'n':
		return "\n", false, nil
	case 'r':
		return "\r", false, nil
	case 't':
		return "\t", false, nil
	case 'v':
		return "\v", false, nil
	default:
		return "", false, &EnvError{Text: fmt.Sprintf(`invalid sequence '\%c' in -S`, c)}
	}
}

// envVariable is NAME of a text that begins with ${NAME}.
func envVariable(s string) (string, bool) {
	inner, ok := strings.CutPrefix(s, "${")
	name, _, ends := strings.Cut(inner, "}")
	if !ok || !ends || name == "" {
		return "", false
	}
	for i := range len(name) {
		c := name[i]
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return "", false
		}
	}
	return name, true
}
