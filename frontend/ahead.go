package frontend

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/client/llb"
	digest "github.com/opencontainers/go-digest"

	"github.com/sinter-build/sinter/frontend/gatewayfs"
	"github.com/sinter-build/sinter/llbgen"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
)

// ahead is a layer that BuildKit makes while the plan is being made.
type ahead struct {
	cancel context.CancelFunc
	// vertex gets the digest of the layer when BuildKit is asked for it.
	vertex chan digest.Digest
	// done is closed when the layer is there, or when there is none after all.
	done chan struct{}
}

// copyAhead is the stage that has BuildKit copy a directory of the build context while
// the analysis reads it: neither needs what comes of the other, and of a large directory
// both take long. It is for specs that let one expect that the directory will be a layer
// as it is. Should the plan have something else, nothing depends on the copy.
func (i *image) copyAhead(ctx context.Context) error {
	dir, ok := i.layerFromContext(ctx)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	i.ahead = &ahead{cancel: cancel, vertex: make(chan digest.Digest, 1), done: make(chan struct{})}
	go func() {
		defer close(i.ahead.done)
		// What is wrong is told by the analysis, or by the build of the image.
		_ = i.ahead.make(ctx, i.evaluation, dir)
	}()
	return nil
}

// layerFromContext is the directory of the client's build context that is all that the
// spec puts into the layer of the app; false when there is more, or when a copy is not
// enough for it.
func (i *image) layerFromContext(ctx context.Context) (llbgen.Directory, bool) {
	file, ok := onlyFromContext(i.spec)
	tree := i.trees.named[plan.TreeContext]
	if !ok || tree == nil || !i.loader().FromClient(ctx) || !llbgen.CopiesWhole(i.ui.BuildOpts().LLBCaps) {
		return llbgen.Directory{}, false
	}
	dir := llbgen.Directory{Tree: tree.State, From: file.From.Path, To: file.To}
	if file.Owner != nil {
		dir.UID, dir.GID = file.Owner.UID, file.Owner.GID
	}
	return dir, dir.OwnsAbove()
}

// onlyFromContext is the item of the build context in a spec that has one, and nothing
// else that goes into the layer of the app.
func onlyFromContext(s *spec.Spec) (spec.File, bool) {
	if len(s.Directories)+len(s.Links)+len(s.Volumes) > 0 || slices.ContainsFunc(s.Binaries, func(b spec.Binary) bool { return b.From.Source == "" }) {
		return spec.File{}, false
	}
	var own []spec.File
	for _, f := range s.Files {
		if f.Content != nil || f.From.Source == "" {
			own = append(own, f)
		}
	}
	if len(own) != 1 {
		return spec.File{}, false
	}
	f := own[0]
	inside := s.Workdir == "" || s.Workdir == f.To || strings.HasPrefix(s.Workdir, f.To+"/")
	return f, inside && f.Content == nil && f.Mode == nil && (f.Owner == nil || !f.Owner.Named())
}

// errNotWhole is returned where a directory is none, or does not ship as it is.
var errNotWhole = errors.New("there is more to it than a copy")

// make has the layer made.
func (a *ahead) make(ctx context.Context, e *evaluation, dir llbgen.Directory) error {
	ref, err := e.solve(ctx, dir.Tree)
	if err != nil {
		return err
	}
	if err := shipsWhole(gatewayfs.New(ctx, ref), dir.From); err != nil {
		return err
	}
	named := append(e.constraints(), llb.WithCustomNamef("[app] %s from %s", dir.To, plan.TreeContext))
	def, err := e.marshal(ctx, dir.Layer(e.epoch, named...))
	if err != nil {
		return err
	}
	vertex, err := def.Head()
	if err != nil {
		return err
	}
	a.vertex <- vertex
	if ref, err = e.solveDefinition(ctx, def); err != nil {
		return err
	}
	return ref.Evaluate(ctx)
}

// shipsWhole looks whether a path is a directory of which everything ships. Of packages
// of Node.js, builds for other platforms do not.
func shipsWhole(tree rootfs.FS, name string) error {
	found, err := rootfs.Resolve(tree, name)
	if err != nil {
		return err
	}
	if !found.Info.IsDir() || len(found.Links) > 0 {
		return errNotWhole
	}
	if _, err := tree.Lstat(rootfs.Name(path.Join(name, "node_modules"))); !errors.Is(err, fs.ErrNotExist) {
		return errNotWhole
	}
	return nil
}

// settle waits for the layer if an image has it, and otherwise ends what makes it.
func (a *ahead) settle(image *llb.Definition) {
	if a == nil {
		return
	}
	select {
	case vertex := <-a.vertex:
		if _, used := image.Metadata[vertex]; used {
			<-a.done
		}
	default:
	}
	a.stop()
}

// stop ends what makes the layer, if it is not done.
func (a *ahead) stop() {
	if a == nil {
		return
	}
	a.cancel()
	<-a.done
}
