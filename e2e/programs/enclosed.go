package programs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/sinter-build/sinter/e2e/lab"
)

// Main is what the program does that starts programs of the harness, if its arguments
// are those of a command for itself: what needs namespaces of its own runs in a process
// of its own. It returns false when they are for the program.
func Main(args []string, stdin io.Reader, stdout io.Writer) (bool, error) {
	if len(args) == 0 {
		return false, nil
	}
	switch args[0] {
	case "install":
		return true, answer(stdin, stdout, func(job installation) (any, error) { return nil, install(job) })
	case "work":
		return true, answer(stdin, stdout, func(job workJob) (any, error) { return job.do() })
	}
	if box, ok := boxCommands[args[0]]; ok {
		b, err := readBox()
		if err != nil {
			return true, err
		}
		return true, box(b, args[1:])
	}
	return false, nil
}

// answer reads a job, does it, and writes its result.
func answer[Job any](stdin io.Reader, stdout io.Writer, do func(Job) (any, error)) error {
	var job Job
	if err := json.NewDecoder(stdin).Decode(&job); err != nil {
		return err
	}
	result, err := do(job)
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(result)
}

// enclosed has a job done by a process in mount and PID namespaces of its own: what it
// has mounted and started is gone when it ends, however it ends.
func enclosed(ctx context.Context, self, command string, job, result any) error {
	in, err := json.Marshal(job)
	if err != nil {
		return err
	}
	var out, errs bytes.Buffer
	cmd := lab.Enclosed(self, command)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &errs
	done := make(chan error)
	go func() {
		// The kernel kills the process when this thread ends. It is never
		// unlocked, so that it ends with this goroutine and not before.
		runtime.LockOSThread()
		if err := cmd.Start(); err != nil {
			done <- err
			return
		}
		stop := context.AfterFunc(ctx, func() { lab.Kill(cmd.Process) })
		err := cmd.Wait()
		stop()
		done <- err
	}()
	err = <-done
	if ctx.Err() != nil {
		return errors.Join(context.Cause(ctx), errors.New(tail(errs.String(), 3000)))
	}
	if err != nil {
		return fmt.Errorf("%w\n%s", err, tail(errs.String(), 3000))
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(out.Bytes(), result)
}

// Self is the path of this process's own program.
func Self() (string, error) { return os.Executable() }
