package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sinter-build/sinter/cmd/internal/exit"
	"github.com/sinter-build/sinter/cmd/internal/job"
	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/frontend"
	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/tests"
)

// trace proposes what the tests of a spec need, or what a command does, and shows the
// change of the spec, or makes it.
func trace(ctx context.Context, j job.Job, std streams) error {
	attrs := map[string]string{}
	if len(j.Trace) > 0 {
		words, err := json.Marshal(j.Trace)
		if err != nil {
			return err
		}
		attrs["build-arg:"+frontend.TraceArg] = string(words)
	}
	q, err := newMaking(j.Build, std, attrs)
	if err != nil {
		return err
	}
	defer q.close()
	dir, local := q.locals["dockerfile"]
	if j.Write && (!local || q.temp != "") {
		return errors.New("--write writes into a spec that is a file on this machine\n  fix: name it with --file")
	}
	answer, err := q.askTests(ctx, frontend.RequestTrace)
	if err == nil {
		_, err = std.out.Write(answer[results[j.Format]])
	}
	if err == nil && local && (j.Write || j.Format == job.Text) {
		err = propose(filepath.Join(dir, q.attrs["filename"]), j, answer[results[job.JSON]], std)
	}
	if err != nil {
		return exit.Failure{Err: err}
	}
	return nil
}

// propose shows what of a trace is to be added to the spec in a file, or adds it.
func propose(file string, j job.Job, answer []byte, std streams) error {
	var traced tests.Traces
	if err := json.Unmarshal(answer, &traced); err != nil {
		return fmt.Errorf("what the tests need: %w", err)
	}
	proposal := tests.Propose(traced.Images)
	before, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	after, err := spec.Amend(before, j.Build.Target, proposal.Add)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if string(after) == string(before) {
		return nil
	}
	if j.Format == job.Text {
		if _, err := fmt.Fprint(std.out, diag.PlainText(difference(filepath.ToSlash(file), string(before), string(after)))); err != nil {
			return err
		}
	}
	if !j.Write {
		return nil
	}
	return replace(file, after)
}

// replace writes a file at once, so that it is never there by half. One behind a link
// stays there.
func replace(file string, text []byte) (err error) {
	if file, err = filepath.EvalSymlinks(file); err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(text)
	if err = errors.Join(err, f.Chmod(info.Mode().Perm()), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}
