package tests

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A problem of a test tells what is and what was expected. Where it is the test that is
// wrong, what is can be expected instead.

// What problems of a test tell, as Judge, JudgeFiles and the runner word them.
var (
	endedWith   = regexp.MustCompile(`^it ended with exit status ([0-9]+), not ([0-9]+)$`)
	wrote       = regexp.MustCompile(`^its standard (output|error) is ("(?:[^"\\]|\\.)*"), not "`)
	hasMode     = regexp.MustCompile(`^(/.*) has the mode ([0-7]{4}), not [0-7]{4}$`)
	belongsTo   = regexp.MustCompile(`^(/.*) belongs to ([0-9]+:[0-9]+), not to [0-9]+:[0-9]+$`)
	linksTo     = regexp.MustCompile(`^(/.*) is a link to (\S+), not to \S+$`)
	isAnother   = regexp.MustCompile(`^(/.*) is a (file|directory|link), not a (?:file|directory|link)$`)
	isNotThere  = regexp.MustCompile(`^(/.*) is not there$`)
	isThere     = regexp.MustCompile(`^(/.*) is there: a (file|directory|link)$`)
	serviceDone = regexp.MustCompile(`^the service ended before it was ready: exit status 0$`)
)

// maxInstead is how long the line may be that a test expects what is.
const maxInstead = 300

// Instead is the fix of a test that expects something else than there is, for whom the image is
// right; "" where that cannot be said. A program that failed is none to expect.
func Instead(problems []string) string {
	if slices.ContainsFunc(problems, serviceDone.MatchString) {
		return "a service keeps running until the test stops it: if the program is one that ends, write it as run, without service and ready"
	}
	var expect, files, absent []string
	attributes, order := map[string][]string{}, []string(nil)
	of := func(path, item string) {
		if attributes[path] == nil {
			order = append(order, path)
		}
		attributes[path] = append(attributes[path], item)
	}
	for _, problem := range problems {
		if m := endedWith.FindStringSubmatch(problem); m != nil && m[2] != "0" {
			expect = append(expect, "exit: "+m[1])
		} else if m := wrote.FindStringSubmatch(problem); m != nil {
			expect = append(expect, map[string]string{"output": "stdout: ", "error": "stderr: "}[m[1]]+inSpec(m[2]))
		} else if m := hasMode.FindStringSubmatch(problem); m != nil {
			of(m[1], fmt.Sprintf("mode: %q", m[2]))
		} else if m := belongsTo.FindStringSubmatch(problem); m != nil {
			of(m[1], fmt.Sprintf("owner: %q", m[2]))
		} else if m := linksTo.FindStringSubmatch(problem); m != nil {
			of(m[1], "link: "+quote(m[2]))
		} else if m := isAnother.FindStringSubmatch(problem); m != nil {
			of(m[1], "is: "+m[2])
		} else if m := isThere.FindStringSubmatch(problem); m != nil {
			of(m[1], "is: "+m[2])
		} else if m := isNotThere.FindStringSubmatch(problem); m != nil {
			absent = append(absent, quote(m[1])+": absent")
		} else {
			return ""
		}
	}
	for _, path := range order {
		files = append(files, quote(path)+": {"+strings.Join(attributes[path], ", ")+"}")
	}
	var lines []string
	if len(expect) > 0 {
		lines = append(lines, "expect: {"+strings.Join(expect, ", ")+"}")
	}
	if files = append(files, absent...); len(files) > 0 {
		lines = append(lines, "files: {"+strings.Join(files, ", ")+"}")
	}
	text := strings.Join(lines, " and ")
	if text == "" || len(text) > maxInstead {
		return ""
	}
	if len(absent) > 0 {
		return "ship what is not there, or, if the image is right, write " + text
	}
	return "if the image is right, write " + text
}

// inSpec is a text that a message quotes, as the spec has it.
func inSpec(quoted string) string {
	plain, err := strconv.Unquote(quoted)
	if err != nil {
		return quoted
	}
	return text(plain)
}
