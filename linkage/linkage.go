package linkage

import "io"

type Kind string

const Script Kind = "script"

func (k Kind) Runnable() bool { return true }
func (k Kind) Static() bool   { return k == "static" }

type Facts struct {
	Kind                        Kind
	Text, Runtime               string
	Fixes                       []string
	Interpreter, InterpreterArg string
}

func Classify(r io.ReaderAt, size int64, as, platform string) (Facts, error) {
	return Facts{Kind: "dynamic"}, nil
}
