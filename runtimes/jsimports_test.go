package runtimes

import (
	"fmt"
	"strings"
	"testing"
)

// What a module names is found, and nothing in its comments, strings, templates and
// regular expressions. A name in parentheses is guarded by try; "open" is a module that
// also opens what no constant names.
func TestJSImports(t *testing.T) {
	t.Parallel()
	uses := map[jsUse]string{jsRequire: "require", jsImport: "import", jsBeside: "beside"}
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{`const a = require("a"), b = require('b'), c = require(` + "`c`" + `)`, "require a:1, require b:1, require c:1"},
		{"#!/usr/bin/env node\n'use strict'\nrequire('a')", "require a:3"},
		{`require("a")("x").require("b"); x.require("c"); module.require("d")`, "require a:1, require d:1"},
		{`require.resolve("a/b"); if (require.main === module) {} typeof require`, "require a/b:1"},
		{`try { require("a") } catch { require("b") }`, "require (a):1, require b:1"},
		{`require(name)`, "open"},
		{`require("a" + b)`, "open"},
		{`load(require)`, "open"},
		{`(function(require, module){ require("./x") })`, "require ./x:1"},
		{`import a from "a"; import "b"; import * as c from 'c'; import d, {e as f} from "d"`, "import a:1, import b:1, import c:1, import d:1"},
		{"import {\n  a,\n  b\n} from 'x'\nexport * from 'y'\nexport {z} from 'z'\nexport {q}\nimport v from 'v'", "import x:4, import y:5, import z:6, import v:8"},
		{`await import("a"); import("b", {with: {}}); import(c)`, "import a:1, import b:1, open"},
		{`import type {A} from "types"; import {b} from "b"; import data from "./d.json" with {type: "json"}`, "import b:1, import ./d.json:1"},
		{`import fs = require("x")`, "require x:1"},
		{`import {createRequire} from "module"; const require = createRequire(import.meta.url); require("./a.node")`, "import module:1, require ./a.node:1"},
		{`import m from "module"; m.createRequire(import.meta.url)("a")`, "import module:1, require a:1"},
		{`const load = createRequire(import.meta.url); load(x)`, "open"},
		{`import.meta.resolve("a"); new URL("./w.js", import.meta.url)`, "import a:1, beside ./w.js:1"},
		{`fs.readFile(new URL(x, import.meta.url))`, "open"},
		{`path.join(__dirname, "a", "b"); path.join(__dirname, "c"); __dirname + "/d"`, "beside a/b:1, beside c:1, beside /d:1"},
		{`fs.readdir(__dirname)`, "open"},
		{"// require('a')\n/* require('b')\n*/ require('c')", "require c:3"},
		{`"require('a')"; 'import "b"'; ` + "`${require('c')} require('d') ${`${import(\"e\")}`}`", "require c:1, import e:1"},
		{`var r = /require("a")/g; x = a / require("b") / 2; if (x) /require('c')/.test(y)`, "require b:1"},
		{`a = b / c; d = "'"; require("e") / 1`, "require e:1"},
		{`x = /[/'"]/; require("a")`, "require a:1"},
		{`x = {} / require("a") /1; function f() {} /require('x')/.test(a)`, "require a:1"},
		{`a = b ? /"/ : 1; c = d++ / require("e"); return /'/`, "require e:1"},
		{"x = 'not closed\nrequire('a')", "require a:2"},
		{`x = {require: 1, import: 2}; x.import("a"); y.import.meta`, ""},
		{`[...require("a")]`, "require a:1"},
		{`"a\"b"; require("c")`, "require c:1"},
		{"`", ""}, {"`${", ""}, {"}}})))", ""}, {"/*", ""}, {"import", ""}, {"import {", ""}, {"require(", "open"},
	} {
		m := jsImports([]byte(test.text))
		var got []string
		for _, n := range m.names {
			name := n.name
			if n.guarded {
				name = "(" + name + ")"
			}
			got = append(got, fmt.Sprintf("%s %s:%d", uses[n.use], name, n.line))
		}
		if m.open {
			got = append(got, "open")
		}
		if text := strings.Join(got, ", "); text != test.want {
			t.Errorf("%s\n got %s\nwant %s", test.text, text, test.want)
		}
	}
}

func FuzzJSImports(f *testing.F) {
	f.Add(`import a from "a"; require('b'); ` + "`${c}`" + ` / 1 /; try {`)
	f.Fuzz(func(_ *testing.T, text string) { jsImports([]byte(text)) })
}
