package rule

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Kind is what values a parameter takes.
type Kind string

// The kinds of parameters.
const (
	List  Kind = "list"  // texts, as []string
	Count Kind = "count" // a number from 0 on, as int64
	Bytes Kind = "bytes" // a size such as 40MB, as int64
	Flag  Kind = "flag"  // true or false, as bool
	Text  Kind = "text"  // a string
)

// Tightens says which change of a parameter makes a rule stricter. Any other change
// is one that only whoever set the parameter may allow.
type Tightens string

// The ways to make a rule stricter.
const (
	Less  Tightens = "less"  // a smaller number
	More  Tightens = "more"  // a larger number
	Fewer Tightens = "fewer" // fewer items
	Extra Tightens = "extra" // further items
	On    Tightens = "on"    // true
	Unset Tightens = "unset" // false
	Never Tightens = "never" // no change
)

// Param is something that a pack can set of a rule.
type Param struct {
	Name string
	Kind Kind
	// Doc says what it is, in one sentence.
	Doc string
	// Default is its value where no pack sets it, as Parse makes it.
	Default  any
	Tightens Tightens
	// Open tells that an empty list is no limit.
	Open bool
	// Valid says what is wrong with a text, or with an item of a list; nil where every text
	// is one.
	Valid func(text string) error
}

// Values are the values of parameters by name, as Param.Parse makes them.
type Values map[string]any

// List is a list; nil when it is none.
func (v Values) List(name string) []string { s, _ := v[name].([]string); return s }

// Int is a number; zero when it is none.
func (v Values) Int(name string) int64 { n, _ := v[name].(int64); return n }

// Flag is a flag; false when it is none.
func (v Values) Flag(name string) bool { b, _ := v[name].(bool); return b }

// Text is a text; empty when it is none.
func (v Values) Text(name string) string { s, _ := v[name].(string); return s }

// Parse makes a value of what a pack or a spec says: a scalar is a list of one.
func (p Param) Parse(written []string) (any, error) {
	for _, item := range written {
		if p.Valid == nil {
			break
		}
		if err := p.Valid(item); err != nil {
			return nil, fmt.Errorf("%s: %q %w", p.Name, item, err)
		}
	}
	if p.Kind == List {
		return slices.Clone(written), nil
	}
	if len(written) != 1 {
		return nil, fmt.Errorf("%s is one value, not %d", p.Name, len(written))
	}
	text := strings.TrimSpace(written[0])
	switch p.Kind {
	case Flag:
		if text != "true" && text != "false" {
			return nil, fmt.Errorf("%s is true or false, not %q", p.Name, text)
		}
		return text == "true", nil
	case Count:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("%s is a number from 0 on, not %q", p.Name, text)
		}
		return n, nil
	case Bytes:
		n, ok := parseBytes(text)
		if !ok {
			return nil, fmt.Errorf("%s is a size such as 40MB or 512KiB, not %q", p.Name, text)
		}
		return n, nil
	}
	return text, nil
}

// units are those of sizes, the longest first.
var units = []struct {
	name  string
	bytes int64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30},
	{"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1},
}

func parseBytes(text string) (int64, bool) {
	for _, u := range units {
		number, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(n >= 0 && n*float64(u.bytes) < 1<<62) { // nor is NaN one
			return 0, false
		}
		return int64(n * float64(u.bytes)), true
	}
	return 0, false
}

// Loosens reports whether the change from one value to another makes the rule less
// strict, or may do so.
func (p Param) Loosens(from, to any) bool {
	switch a := from.(type) {
	case int64:
		b, _ := to.(int64)
		return p.Tightens == Less && b > a || p.Tightens == More && b < a || p.Tightens == Never && a != b
	case bool:
		b, _ := to.(bool)
		return a != b && (p.Tightens == Never || p.Tightens == On && a || p.Tightens == Unset && !a)
	case []string:
		b, _ := to.([]string)
		return p.loosensList(a, b)
	}
	return from != to
}

func (p Param) loosensList(from, to []string) bool {
	if p.Open && (len(from) == 0 || len(to) == 0) {
		return len(from) > 0
	}
	switch p.Tightens {
	case Fewer:
		return slices.ContainsFunc(to, func(item string) bool { return !matchesAny(from, item) })
	case Extra:
		return slices.ContainsFunc(from, func(item string) bool { return !matchesAny(to, item) })
	}
	return !slices.Equal(from, to)
}

func matchesAny(patterns []string, item string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return p == item || Match(p, item) })
}

// Match reports whether a text matches a pattern, in which * stands for any text without
// a slash and ** for any text at all. It takes time in the product of their lengths.
func Match(pattern, text string) bool {
	// Most texts differ in what stands before the first star.
	star := strings.IndexByte(pattern, '*')
	if star < 0 {
		return pattern == text
	}
	if !strings.HasPrefix(text, pattern[:star]) {
		return false
	}
	return match(pattern[star:], text[star:])
}

func match(pattern, text string) bool {
	// reached[n] tells whether what was read of the pattern matches text[:n].
	reached := make([]bool, len(text)+1)
	reached[0] = true
	for len(pattern) > 0 {
		next := make([]bool, len(text)+1)
		star := strings.HasPrefix(pattern, "*")
		deep := strings.HasPrefix(pattern, "**")
		for n := range next {
			switch {
			case star:
				next[n] = reached[n] || n > 0 && next[n-1] && (deep || text[n-1] != '/')
			default:
				next[n] = n > 0 && reached[n-1] && text[n-1] == pattern[0]
			}
		}
		if deep {
			pattern = pattern[1:]
		}
		pattern, reached = pattern[1:], next
	}
	return reached[len(text)]
}

// join is where a link at a path leads that has a target.
func join(at, target string) string {
	if path.IsAbs(target) {
		return path.Clean(target)
	}
	return path.Join(path.Dir(at), target)
}
