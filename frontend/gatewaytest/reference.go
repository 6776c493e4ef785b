package gatewaytest

import (
	"context"
	"fmt"
	"io/fs"
	"path"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	fstypes "github.com/tonistiigi/fsutil/types"
)

// Reference is a built tree.
type Reference struct {
	// Definition is the LLB that it was built from.
	Definition *pb.Definition
	Tree       Tree
	// gateway is told when the reference is to be built; nil where nobody asks.
	gateway *Gateway
}

var _ client.Reference = (*Reference)(nil)

// ToState implements client.Reference.
func (r *Reference) ToState() (llb.State, error) {
	op, err := llb.NewDefinitionOp(r.Definition)
	if err != nil {
		return llb.State{}, err
	}
	return llb.NewState(op), nil
}

// Evaluate implements client.Reference.
func (r *Reference) Evaluate(context.Context) error {
	if r.gateway != nil {
		r.gateway.mu.Lock()
		defer r.gateway.mu.Unlock()
		r.gateway.built = append(r.gateway.built, r.Definition)
	}
	return nil
}

// ReadFile implements client.Reference.
func (r *Reference) ReadFile(_ context.Context, req client.ReadRequest) ([]byte, error) {
	_, file, err := r.find(req.Filename)
	if err != nil {
		return nil, err
	}
	if !file.Mode.IsRegular() {
		return nil, fmt.Errorf("read %s: not a regular file", req.Filename)
	}
	data := file.Data
	if req.Range != nil {
		data = data[min(req.Range.Offset, len(data)):]
		data = data[:min(req.Range.Length, len(data))]
	}
	return data, nil
}

// StatFile implements client.Reference.
func (r *Reference) StatFile(_ context.Context, req client.StatRequest) (*fstypes.Stat, error) {
	at, file, err := r.find(req.Path)
	if err != nil {
		return nil, err
	}
	return stat(path.Base(at), file), nil
}

// ReadDir implements client.Reference.
func (r *Reference) ReadDir(_ context.Context, req client.ReadDirRequest) ([]*fstypes.Stat, error) {
	at, file, err := r.find(req.Path)
	if err != nil {
		return nil, err
	}
	if !file.Mode.IsDir() {
		return nil, fmt.Errorf("read %s: not a directory", req.Path)
	}
	var out []*fstypes.Stat
	for _, name := range r.Tree.below(at) {
		if path.Dir(name) == at {
			out = append(out, stat(path.Base(name), r.Tree[name]))
		}
	}
	return out, nil
}

func (r *Reference) find(name string) (string, File, error) {
	at, err := r.Tree.resolve(name, true)
	if err != nil {
		return "", File{}, err
	}
	file, ok := r.Tree.lookup(at)
	if !ok {
		return "", File{}, fmt.Errorf("open %s: %w", name, fs.ErrNotExist)
	}
	return at, file, nil
}

func stat(name string, f File) *fstypes.Stat {
	st := &fstypes.Stat{
		Path: name, Mode: uint32(f.Mode), Uid: f.UID, Gid: f.GID,
		ModTime: f.Time.UnixNano(), Linkname: f.Target,
	}
	if f.Mode.IsRegular() {
		st.Size = int64(len(f.Data))
	}
	return st
}
