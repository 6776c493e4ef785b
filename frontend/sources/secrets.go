package sources

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
)

// Secret is a secret or an SSH agent that a step uses of a build which is linked to
// this one, as bake's contexts do.
//
// Such a step runs as a part of this build: buildx starts it in the build that it
// belongs to only once this one has returned its LLB (build.linkedTargetState.run
// of buildx), and to make that, Sinter has to look into what the step makes. So it
// has the secrets of this build alone.
type Secret struct {
	ID string
	// SSH tells an SSH agent from a secret.
	SSH bool
	// Optional tells that the step runs without it, too.
	Optional bool
}

// String is "the secret ID".
func (s Secret) String() string {
	if s.SSH {
		return fmt.Sprintf("the SSH agent %q", s.ID)
	}
	return fmt.Sprintf("the secret %q", s.ID)
}

// key is what secrets are sorted by.
func (s Secret) key() string { return fmt.Sprintf("%s %t %t", s.ID, s.SSH, s.Optional) }

// Fix says how this build is given the secret.
func (s Secret) Fix() string {
	if s.SSH {
		return fmt.Sprintf("give it to this build as well: ssh = [%q] in the target of the bake file that has the spec, or --ssh %s", s.ID, s.ID)
	}
	return fmt.Sprintf("give it to this build as well: secret = [\"id=%s,…\"] in the target of the bake file that has the spec, or --secret id=%s,…", s.ID, s.ID)
}

// secretsOf lists what the steps that lead to a state use.
func secretsOf(ctx context.Context, st llb.State) ([]Secret, error) {
	def, err := st.Marshal(ctx)
	if err != nil {
		return nil, err
	}
	var all []Secret
	for _, data := range def.Def {
		var op pb.Op
		if err := op.UnmarshalVT(data); err != nil {
			return nil, err
		}
		all = append(all, secretsOfStep(&op)...)
	}
	slices.SortFunc(all, func(a, b Secret) int { return cmp.Compare(a.key(), b.key()) })
	return slices.Compact(all), nil
}

// secretsOfStep lists what one step uses; nothing when it is no command.
func secretsOfStep(op *pb.Op) []Secret {
	exec := op.GetExec()
	if exec == nil {
		return nil
	}
	var out []Secret
	for _, m := range exec.Mounts {
		if o := m.SecretOpt; m.MountType == pb.MountType_SECRET && o != nil {
			out = append(out, Secret{ID: o.ID, Optional: o.Optional})
		}
		if o := m.SSHOpt; m.MountType == pb.MountType_SSH && o != nil {
			out = append(out, Secret{ID: o.ID, SSH: true, Optional: o.Optional})
		}
	}
	for _, e := range exec.Secretenv {
		out = append(out, Secret{ID: e.ID, Optional: e.Optional})
	}
	return out
}

// failedForSecret is the finding for a step of a linked build that has failed and
// uses secrets, or nil when it is no such step.
func (l *Loader) failedForSecret(ctx context.Context, err error) error {
	solve, ok := errors.AsType[*errdefs.SolveError](err)
	if !ok {
		return nil
	}
	uses := secretsOfStep(solve.Op)
	for _, r := range l.replaceable() {
		tree, loadErr := l.namedContext(ctx, r.name)
		if loadErr != nil || tree == nil {
			continue
		}
		for _, secret := range uses {
			if slices.Contains(tree.Secrets, secret) {
				return failure("linked-secret", r.at,
					fmt.Sprintf("the build that gives %s has failed, in a step that gets %s from this build: %s", r.what, secret, oneLine(err)),
					secret.Fix())
			}
		}
	}
	return nil
}

// replaced is something of a spec that a named context can replace.
type replaced struct {
	name string // of the context
	at   string // the node of the spec
	what string // for a person
}

// replaceable lists what named contexts can replace, in the order of the names.
func (l *Loader) replaceable() []replaced {
	all := []replaced{{l.Spec.Base, "base", "the base image"}}
	for _, name := range slices.Sorted(maps.Keys(l.Spec.Sources)) {
		at, what := "sources."+name, "source "+name
		all = append(all, replaced{name, at, what})
		if ref := l.Spec.Sources[name].Image; ref != "" {
			all = append(all, replaced{ref, at, what})
		}
	}
	return all
}
