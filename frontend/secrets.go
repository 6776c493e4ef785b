package frontend

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/moby/buildkit/client/llb"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/frontend/gatewayfs"
	"github.com/sinter-build/sinter/frontend/sources"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/step"
)

// missingSecrets warns of secrets that the steps of linked builds would use and that
// this build is not given. A step that can do without one goes on without a word;
// one that cannot fails, and sources.Loader.Failed says why.
func (e *evaluation) missingSecrets(ctx context.Context, trees *trees) (diag.List, error) {
	own, err := ownImage(e.client)
	if err != nil || own == nil {
		return nil, err
	}
	var found diag.List
	for _, name := range trees.names() {
		optional := slices.DeleteFunc(slices.Clone(trees.named[name].Secrets), func(s sources.Secret) bool { return !s.Optional })
		if len(optional) == 0 {
			continue
		}
		given, err := e.givenSecrets(ctx, *own, optional)
		if err != nil {
			return nil, err
		}
		for i, secret := range optional {
			if !given[strconv.Itoa(i)] {
				found = append(found, e.missingSecret(name, secret))
			}
		}
	}
	return found, nil
}

func (e *evaluation) missingSecret(tree string, secret sources.Secret) diag.Diagnostic {
	at := "sources." + tree
	if tree == plan.TreeBase {
		at = e.spec.At("base")
	}
	return diag.Diagnostic{
		Code:     "linked-secret",
		Severity: diag.SeverityWarning,
		At:       at,
		Message:  fmt.Sprintf("the build that gives %s can use %s, which this build is not given: what it makes may lack something", plan.TreeName(tree), secret),
		Fixes:    []string{secret.Fix()},
	}
}

// givenSecrets tells which of the secrets the build has, by their index. Only a step
// can see that, and only one that is not cached.
func (e *evaluation) givenSecrets(ctx context.Context, own llb.State, secrets []sources.Secret) (map[string]bool, error) {
	opts := append(e.stepOptions(step.Secrets, llb.Scratch()), llb.IgnoreCache, llb.WithCustomName("[internal] which secrets there are"),
		// The same step of two builds at once would run once, with the secrets of both.
		llb.AddEnv("SESSION", e.ui.BuildOpts().SessionID))
	for i, s := range secrets {
		file := fmt.Sprintf("%s/%d", step.SecretsDir, i)
		if s.SSH {
			opts = append(opts, llb.AddSSHSocket(llb.SSHID(s.ID), llb.SSHSocketTarget(file), llb.SSHOptional))
		} else {
			opts = append(opts, llb.AddSecret(file, llb.SecretID(s.ID), llb.SecretOptional))
		}
	}
	ref, err := e.solve(ctx, own.Run(opts...).AddMount(step.OutDir, llb.Scratch()))
	if err != nil {
		return nil, err
	}
	data, err := gatewayfs.ReadFile(ctx, ref, step.GivenFile)
	if err != nil {
		return nil, err
	}
	var names []string
	if err := json.Unmarshal(data, &names); err != nil {
		return nil, fmt.Errorf("reading which secrets there are: %w", err)
	}
	given := map[string]bool{}
	for _, name := range names {
		given[name] = true
	}
	return given, nil
}
