package sources

import (
	"fmt"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	digest "github.com/opencontainers/go-digest"

	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/spec"
)

// git is a repository, or a directory of one.
func (l *Loader) git(name string, src spec.Source) (*Tree, error) {
	shown := withoutPassword(src.Git)
	var opts []llb.GitOption
	for _, c := range l.vertex(name, "git", shown) {
		opts = append(opts, c)
	}
	st, ok, err := dockerui.DetectGitContext(src.Git, nil, opts...)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, failure("invalid-git", "sources."+name+".git",
			fmt.Sprintf("%q is not the URL of a Git repository", shown),
			"write it as for docker build, such as https://github.com/owner/repo.git#v1.2:dir")
	}
	return &Tree{State: *st, About: plan.Source{Kind: plan.SourceGit, Reference: shown}}, nil
}

// http is a downloaded file, unpacked if the spec says so.
func (l *Loader) http(name string, src spec.Source) (*Tree, error) {
	filename := src.Filename
	if filename == "" {
		filename = spec.URLFilename(src.HTTP)
	}
	opts := []llb.HTTPOption{llb.Filename(filename)}
	if src.Checksum != "" {
		sum, err := digest.Parse(src.Checksum)
		if err != nil {
			return nil, failure("invalid-checksum", "sources."+name+".checksum", fmt.Sprintf("checksum %q: %v", src.Checksum, err))
		}
		opts = append(opts, llb.Checksum(sum))
	}
	shown := withoutPassword(src.HTTP)
	for _, c := range l.vertex(name, "http", shown) {
		opts = append(opts, c)
	}
	st := llb.HTTP(src.HTTP, opts...)
	if src.Unpack {
		st = llb.Scratch().File(
			llb.Copy(st, "/"+filename, "/", &llb.CopyInfo{AttemptUnpack: true}),
			l.vertex(name, "unpack", "unpack "+filename)...,
		)
	}
	return &Tree{State: st, About: plan.Source{Kind: plan.SourceHTTP, Reference: shown, Digest: src.Checksum}}, nil
}
