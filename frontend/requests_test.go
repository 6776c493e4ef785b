package frontend

import (
	"errors"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/errdefs"

	"github.com/sinter-build/sinter/diag"
)

// What a caller needs and this frontend cannot do is refused with an error that
// clients know by its type and people by its text.
func TestRefusedByType(t *testing.T) {
	t.Parallel()
	const subrequests = "moby.buildkit.frontend.subrequests"
	for asked, want := range map[string]string{
		"":                           "",
		subrequests:                  "",
		subrequests + "+forward":     "",
		strings.Join(Caps, ","):      "",
		subrequests + ",x.y+forward": "unsupported frontend capability x.y: the client needs a frontend that can do more than this version of Sinter\n  fix: name a newer version of Sinter after # syntax=",
	} {
		err := checkCaps(asked)
		if want == "" && err == nil {
			continue
		}
		if typed, ok := errors.AsType[*errdefs.UnsupportedFrontendCapError](err); !ok || typed.Name != "x.y" || err.Error() != want {
			t.Errorf("%s: %v, want %s", asked, err, want)
		}
	}
	_, err := requestOf(map[string]string{"requestid": "frontend.nonsense"})
	const want = "unsupported request frontend.nonsense: this version of Sinter does not answer it\n  fix: ask for one of outline, targets, lint, explain, tree, "
	if typed, ok := errors.AsType[*errdefs.UnsupportedSubrequestError](err); !ok || typed.Name != "frontend.nonsense" || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, want %s…", err, want)
	}
}

// fromImage is a gateway that runs the frontend from an image.
type fromImage struct{ client.Client }

func (fromImage) CurrentFrontend() (*llb.State, error) {
	st := llb.Image("sinter")
	return &st, nil
}

// An answer that BuildKit would lose is refused; in the process that asks there is
// no such limit.
func TestAnswerTooLarge(t *testing.T) {
	t.Parallel()
	text, data := strings.Repeat("x", 4<<20), make([]byte, 12<<20)
	_, err := (&session{client: fromImage{}}).answered(text, data)
	if list, ok := errors.AsType[diag.List](err); !ok || list[0].Code != "answer-too-large" {
		t.Errorf("error %v", err)
	}
	inProcess := &session{client: struct{ client.Client }{}}
	if res, err := inProcess.answered(text, data); err != nil || len(res.Metadata["result.json"]) != len(data) {
		t.Errorf("in process: %v", err)
	}
}
