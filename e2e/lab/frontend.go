package lab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
)

// FrontendRef is the frontend image's name, as users write it after "# syntax=".
const FrontendRef = "sinterbuild/sinter:1"

// PushFrontend builds the frontend image as it is released, into the lab's
// registry, where the daemon looks for FrontendRef.
func (l *Lab) PushFrontend(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "make", "--no-print-directory", "frontend-image", "IMAGE="+l.Registry+"/"+FrontendRef)
	cmd.Dir = l.root
	cmd.Env = append(os.Environ(), l.Env()...)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make frontend-image: %w\n%s", err, text)
	}
	return nil
}
