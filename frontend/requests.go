package frontend

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/frontend/subrequests/outline"
	"github.com/moby/buildkit/frontend/subrequests/targets"
	"github.com/moby/buildkit/solver/errdefs"

	"github.com/sinter-build/sinter/diag"
)

// subrequest is something that can be asked of a spec instead of building it, with
// `docker buildx build --call=NAME`. The zero definition is the build itself.
type subrequest struct {
	definition subrequests.Request
	answer     func(*session, context.Context) (*client.Result, error)
}

// requests lists what can be asked. To add a request, add its row.
func requests() []subrequest {
	return []subrequest{
		{described(outline.SubrequestsOutlineDefinition, "List the build arguments of the spec"), (*session).outline},
		{described(targets.SubrequestsTargetsDefinition, "List the targets of the spec"), (*session).targets},
		{described(lint.SubrequestLintDefinition, "Check the spec without building"), (*session).lint},
		{definition(RequestExplain, "Tell which files ship and why; of one with --build-arg explain=PATH"), (*session).explain},
		{definition(RequestTree, "Draw the tree of what ships, with sizes"), (*session).tree},
		{definition(RequestSBOM, "Describe what ships in SPDX, with checksums"), (*session).answerSBOM},
		{definition(RequestReport, "Write a report in HTML, for those who sign the image off"), (*session).htmlReport},
		{definition(RequestSchema, "Print the JSON Schema of a spec, for editors"), (*session).schema},
		{definition(RequestTest, "Run the tests of the spec and tell what comes of each"), (*session).testResults},
		{definition(RequestCoverage, "Tell which shipped files no test opens"), (*session).coverage},
		{definition(RequestTrace, "Tell what the tests need of the sources and the image lacks"), (*session).trace},
		{subrequests.SubrequestsDescribeDefinition, (*session).describe},
	}
}

// described is one of BuildKit's own requests, with what it is about here.
func described(d subrequests.Request, description string) subrequests.Request {
	d.Description = description
	return d
}

// definition is a request of ours, with a text for people and one for programs.
func definition(name, description string) subrequests.Request {
	return subrequests.Request{
		Name:        name,
		Version:     "1.0.0",
		Type:        subrequests.TypeRPC,
		Description: description,
		Metadata:    []subrequests.Named{{Name: "result.json"}, {Name: "result.txt"}},
	}
}

// requestOf is what the options of a build ask for: the build when nothing else.
// Clients recognise the error by its type.
func requestOf(opts map[string]string) (subrequest, error) {
	name, ok := opts["requestid"]
	if !ok {
		return subrequest{answer: (*session).build}, nil
	}
	if name == "frontend.describe" { // what --call=describe sends
		name = subrequests.RequestSubrequestsDescribe
	}
	var known []string
	for _, r := range requests() {
		if r.definition.Name == name {
			return r, nil
		}
		known = append(known, strings.TrimPrefix(r.definition.Name, "frontend."))
	}
	typed := &errdefs.Subrequest{Name: name}
	return subrequest{}, typed.WrapError(diag.List{{
		Code:    "request-unknown",
		At:      atBuild,
		Message: "this version of Sinter does not answer it",
		Fixes:   []string{"ask for one of " + strings.Join(known, ", ")},
	}})
}

// maxAnswer is how much an answer may hold: BuildKit loses messages of more than
// 16 MiB.
const maxAnswer = 15 << 20

// answered is the answer to a request, as a text for people and one for programs.
func (s *session) answered(text string, data []byte) (*client.Result, error) {
	passedOn, err := s.passedOn()
	if err != nil {
		return nil, err
	}
	if size := len(text) + len(data); passedOn && size > maxAnswer {
		return nil, diag.List{{
			Code:    "answer-too-large",
			At:      atBuild,
			Message: fmt.Sprintf("the answer is %d MiB, and BuildKit passes on no more than 16", size>>20),
			Fixes: []string{
				"ask with the command line program, sinter, which has no such limit",
				"ask about one file, with --call=explain --build-arg explain=PATH",
			},
		}}
	}
	res := client.NewResult()
	res.AddMeta("result.txt", []byte(text))
	res.AddMeta("result.json", data)
	return res, nil
}

// passedOn reports whether BuildKit passes answers on to who has asked: not where the
// frontend runs in the program that asks.
func (s *session) passedOn() (bool, error) {
	if here, ok := s.client.(interface{ InProcess() bool }); ok && here.InProcess() {
		return false, nil
	}
	own, err := ownImage(s.client)
	return own != nil, err
}

// describe lists the requests.
func (s *session) describe(context.Context) (*client.Result, error) {
	var all []subrequests.Request
	for _, r := range requests() {
		all = append(all, r.definition)
	}
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := subrequests.PrintDescribe(data, &text); err != nil {
		return nil, err
	}
	res := client.NewResult()
	res.AddMeta("result.json", data)
	res.AddMeta("result.txt", text.Bytes())
	res.AddMeta("version", []byte(subrequests.SubrequestsDescribeDefinition.Version))
	return res, nil
}
