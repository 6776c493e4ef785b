package runtimes

// jsUse is how a module of JavaScript names another file.
type jsUse int

const (
	jsRequire jsUse = iota // require("x"), require.resolve("x")
	jsImport               // import … from "x", import("x"), import.meta.resolve("x")
	jsBeside               // path.join(__dirname, "x"), new URL("x", import.meta.url)
)

// jsName is a file or package that a module names.
type jsName struct {
	use  jsUse
	name string
	line int
	// guarded tells that the module goes on where there is none.
	guarded bool
}

// jsModule is what the text of a module says of others.
type jsModule struct {
	names []jsName
	// open tells that it also opens what no constant names: require(variable), or
	// files beside it.
	open bool
	// texts are its constants that could be names of packages.
	texts map[string]bool
}

// maxJSNames bounds what one module names.
const maxJSNames = 20_000

// jsImports reads the text of a module.
func jsImports(src []byte) jsModule {
	r := jsReader{lex: jsLexer{src: src, line: 1}}
	for i := range r.ahead {
		r.ahead[i] = r.lex.next()
	}
	for r.ahead[0].kind != jsEnd && len(r.out.names) < maxJSNames {
		r.read()
	}
	return r.out
}

// jsReader reads tokens and sees some that come before and after.
type jsReader struct {
	lex    jsLexer
	before [4]jsToken // the last one first
	ahead  [8]jsToken
	out    jsModule
}

// take goes on to the next token.
func (r *jsReader) take(n int) {
	for range n {
		copy(r.before[1:], r.before[:])
		r.before[0] = r.ahead[0]
		r.note(r.before[0])
		copy(r.ahead[:], r.ahead[1:])
		r.ahead[len(r.ahead)-1] = r.lex.next()
	}
}

// note keeps a constant that could be the name of a package.
func (r *jsReader) note(t jsToken) {
	if name, _, ok := nodePackageName(t.text); t.kind == jsText && ok && name == t.text && len(r.out.texts) < maxJSNames {
		if r.out.texts == nil {
			r.out.texts = map[string]bool{}
		}
		r.out.texts[name] = true
	}
}

func (r *jsReader) found(use jsUse, t jsToken) {
	r.out.names = append(r.out.names, jsName{use: use, name: t.text, line: t.line, guarded: t.guarded})
}

// next reports whether tokens follow: a word or a mark as it is, "" for any string.
func (r *jsReader) next(texts ...string) bool {
	for i, text := range texts {
		t := r.ahead[i]
		if text == "" && t.kind != jsText || text != "" && (t.kind != jsWord && t.kind != jsMark || t.text != text) {
			return false
		}
	}
	return true
}

// argument reports whether a string that is an argument by itself follows some tokens.
func (r *jsReader) argument(texts ...string) bool {
	after := r.ahead[min(len(texts)+1, len(r.ahead)-1)]
	return r.next(append(texts, "")...) && (after.is(")") || after.is(","))
}

// read looks at one token and those that belong to it.
func (r *jsReader) read() {
	t := r.ahead[0]
	member := r.before[0].is(".") && !r.before[1].is(".") // ... is no member
	if t.kind != jsWord || member && t.text != "require" && t.text != "createRequire" {
		r.take(1)
		return
	}
	switch t.text {
	case "require":
		if !member || r.before[1].word("module") {
			r.require()
		}
	case "createRequire":
		r.createRequire()
	case "import":
		r.importing()
	case "export":
		if r.next("export", "{") || r.next("export", "*") {
			r.clause()
		}
	case "new":
		if r.next("new", "URL", "(", "", ",", "import", ".", "meta") {
			r.found(jsBeside, r.ahead[3])
			r.take(7)
		}
	case "__dirname":
		r.beside()
	case "__filename":
		r.out.open = true
	}
	r.take(1)
}

// require reads what follows the word.
func (r *jsReader) require() {
	switch {
	case r.argument("require", "("):
		r.found(jsRequire, r.ahead[2])
	case r.argument("require", ".", "resolve", "("):
		r.found(jsRequire, r.ahead[4])
	case r.next("require", ".", "resolve"):
		r.out.open = true
	case r.next("require", "."), r.next("require", ":"), r.before[0].words("typeof", "function"):
		// require.main, a key, a test for it
	case r.before[0].is("(") && (r.before[1].word("function") || r.before[2].word("function")):
		// a parameter, of what a bundler puts around modules
	case r.next("require", "=") && !r.next("require", "=", "="):
		// one of its own, by createRequire
	default:
		r.out.open = true
	}
}

// createRequire makes a require of its own for an ES module.
func (r *jsReader) createRequire() {
	switch {
	case r.next("createRequire", "(", "__filename"):
		r.take(2)
	case r.next("createRequire", "(", "import", ".", "meta", ".", "url"), r.next("createRequire", "(", "import", ".", "meta", ".", "filename"):
		named := r.before[0].is("=") && r.before[1].word("require") || r.before[0].is(".") && r.before[2].is("=") && r.before[3].word("require")
		r.take(6)
		if r.argument(r.ahead[0].text, ")", "(") {
			r.found(jsRequire, r.ahead[3])
		} else if !named {
			r.out.open = true
		}
	case r.before[0].is("="), r.before[0].is("."):
		r.out.open = true
	}
}

// importing reads what follows the word.
func (r *jsReader) importing() {
	switch {
	case r.next("import", ""):
		r.found(jsImport, r.ahead[1])
	case r.argument("import", "("):
		r.found(jsImport, r.ahead[2])
	case r.argument("import", ".", "meta", ".", "resolve", "("):
		r.found(jsImport, r.ahead[6])
		r.take(4)
	case r.next("import", "("):
		r.out.open = true
	case r.next("import", ".", "meta", "."):
		r.out.open = r.out.open || r.ahead[4].words("url", "dirname", "filename", "resolve")
	case r.next("import", "."), r.next("import", ":"):
		// import.meta by itself, a key
	case r.next("import", "type") && !r.next("import", "type", "from") && !r.next("import", "type", ","):
		// TypeScript's, of which nothing is left when it runs
	default:
		r.clause()
	}
}

// clause reads what stands between import or export and from, up to its last token.
func (r *jsReader) clause() {
	for range maxJSNames {
		t := r.ahead[1]
		switch {
		case t.word("from") && r.ahead[2].kind == jsText:
			r.found(jsImport, r.ahead[2])
			r.take(2)
			return
		case r.ahead[0].is("}"), t.words("import", "export"):
			return
		case t.kind == jsWord, t.kind == jsText, t.is("{"), t.is("}"), t.is(","), t.is("*"):
			r.take(1)
		default:
			return
		}
	}
}

// beside reads what a module makes of the directory that it is in.
func (r *jsReader) beside() {
	switch {
	case r.next("__dirname", "+", "") && !r.ahead[3].is("+"):
		r.found(jsBeside, r.ahead[2])
	case r.next("__dirname", ",", "", ")"):
		r.found(jsBeside, r.ahead[2])
	case r.next("__dirname", ",", "", ",", "", ")"):
		t := r.ahead[2]
		t.text += "/" + r.ahead[4].text
		r.found(jsBeside, t)
	default:
		r.out.open = true
	}
}
