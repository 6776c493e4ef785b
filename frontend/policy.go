package frontend

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/sinter-build/sinter/diag"
	"github.com/sinter-build/sinter/frontend/gatewayfs"
	"github.com/sinter-build/sinter/plan"
	"github.com/sinter-build/sinter/rootfs"
	"github.com/sinter-build/sinter/spec"
	"github.com/sinter-build/sinter/verify"
	"github.com/sinter-build/sinter/verify/rule"
)

const (
	// PolicyArg is the build argument by which whoever builds has images judged by packs
	// that no spec names: their names, separated by commas.
	PolicyArg = "SINTER_POLICY"
	// PolicyTimeArg is the build argument that says when the image is judged, if that is
	// not SOURCE_DATE_EPOCH: seconds since 1970, a day or a moment.
	PolicyTimeArg = "SINTER_POLICY_TIME"
	// PolicyLabel is the label of a base image by which it asks for packs.
	PolicyLabel = "build.sinter.policy"
)

// maxPack is how large the file of a pack may be.
const maxPack = 1 << 20

// readPolicyArgs reads what the build says of the policy. A spec that declares arguments of
// these names gets them, too, and takes nothing away from what is demanded.
func (s *session) readPolicyArgs() {
	take := func(name string) string {
		value := s.args[name]
		if !s.doc.Has("args." + name) {
			delete(s.args, name)
		}
		return value
	}
	for name := range strings.SplitSeq(take(PolicyArg), ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		pack, err := spec.ParsePack(name)
		if err != nil {
			s.refuse(fmt.Sprintf("the build argument %s: %v", PolicyArg, err))
			continue
		}
		pack.At = atBuild
		s.demanded = append(s.demanded, pack)
	}
	text := take(PolicyTimeArg)
	if text == "" {
		return
	}
	t, err := parseTime(text)
	if err != nil {
		s.refuse(fmt.Sprintf("the build argument %s: %v", PolicyTimeArg, err))
	}
	s.judged = t
}

func (s *session) refuse(message string) {
	s.refused = append(s.refused, diag.Diagnostic{Code: "invalid-option", At: atBuild, Message: message})
}

// parseTime takes what verify.ParseDate does, and seconds since 1970.
func parseTime(text string) (time.Time, error) {
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil && seconds > 0 {
		return time.Unix(seconds, 0).UTC(), nil
	}
	d, err := verify.ParseDate(text)
	return d.Time, err
}

// judgedAt is when the image is judged; zero when the build does not say.
func (s *session) judgedAt() time.Time {
	if !s.judged.IsZero() || s.ui.BuildArgs[epochArg] == "" || s.epoch.Unix() == 0 {
		return s.judged
	}
	return s.epoch
}

// packs are those that the image is judged by: what the build and the base demand, and
// what the spec names, or baseline.
func (i *image) packs() []verify.Named {
	var out []verify.Named
	for _, pack := range i.demanded {
		out = append(out, verify.Named{Name: pack.Name, At: pack.At, Demanded: true})
	}
	if base := i.trees.baseImage(); base != nil {
		for name := range strings.SplitSeq(base.Config.Labels[PolicyLabel], ",") {
			if name = strings.TrimSpace(name); name != "" {
				out = append(out, verify.Named{Name: name, At: i.spec.At("base"), Demanded: true})
			}
		}
	}
	var named []spec.Pack
	if i.spec.Policy == nil {
		named = append(named, spec.Pack{Name: verify.Baseline})
	} else {
		named = append(named, i.spec.Policy.Packs...)
	}
	if i.spec.TargetPolicy != nil {
		named = append(named, i.spec.TargetPolicy.Packs...)
	}
	for _, pack := range named {
		out = append(out, verify.Named{Name: pack.Name, At: pack.At})
	}
	return out
}

// loadPolicy reads the packs.
func (i *image) loadPolicy(ctx context.Context) (err error) {
	says := policyOf(i.spec)
	if p := i.spec.TargetPolicy; p != nil {
		says.Target = &verify.Target{Name: i.target, At: p.At, Rules: settings(p.Rules)}
	}
	i.policy, err = verify.Load(ctx, i.packs(), says, packReader{i.evaluation})
	if err != nil {
		return err
	}
	i.findings = append(i.findings, i.policy.Problems()...)
	return nil
}

// policyOf is what a spec says of rules beside naming packs.
func policyOf(s *spec.Spec) verify.Spec {
	var out verify.Spec
	if s.Policy == nil {
		return out
	}
	out.Rules = settings(s.Policy.Rules)
	for _, e := range s.Policy.Exemptions {
		expires, _ := verify.ParseDate(e.Expires) // the spec's format is the same
		out.Exemptions = append(out.Exemptions, verify.Exemption{Rule: e.Rule, Path: e.Path, Reason: e.Reason, Owner: e.Owner, Expires: expires, At: e.At})
	}
	return out
}

func settings(of map[string]spec.RuleSetting) map[string]verify.Setting {
	out := map[string]verify.Setting{}
	for id, r := range of {
		out[id] = verify.Setting{Severity: r.Severity, Parameters: r.Parameters}
	}
	return out
}

// packReader reads the files of packs through the gateway.
type packReader struct{ *evaluation }

// Locate implements verify.Reader. A place is the name of a pack that is there.
func (r packReader) Locate(name string) (verify.Ref, error) {
	pack, err := spec.ParsePack(name)
	if err != nil {
		return verify.Ref{}, err
	}
	ref := verify.Ref{Place: name}
	if _, file, ok := pack.Image(); ok {
		ref.Path = path.Join("/", file)
	} else if file, ok := pack.Ref(); ok {
		ref.Path, ref.Local = file.Path, r.inContext(file.Source)
	}
	return ref, nil
}

// inContext reports whether a source is of the build's own context.
func (r packReader) inContext(source string) bool {
	if source == "" || source == plan.TreeContext {
		return true
	}
	return r.spec.Sources[source].Context != "" && !r.loader().Given(source)
}

// sourceOf is the source that a pack is a file of; empty for none.
func sourceOf(name string) string {
	pack, err := spec.ParsePack(name)
	if err != nil {
		return ""
	}
	ref, _ := pack.Ref()
	return ref.Source
}

// Read implements verify.Reader. Of the build context no more is sent than the file.
func (r packReader) Read(ctx context.Context, ref verify.Ref) ([]byte, error) {
	loader := r.loader()
	if name := sourceOf(ref.Place); ref.Demanded && name != "" && !loader.Given(name) {
		return nil, fmt.Errorf("%s is a source of the spec, which would say itself what it is judged by: give it with --build-context %s=…", name, name)
	}
	tree, err := loader.Pack(ctx, spec.Pack{Name: ref.Place, At: ref.At}, ref.Path)
	if err != nil {
		return nil, err
	}
	solved, err := r.solve(ctx, tree.State)
	if err != nil {
		return nil, loader.Failed(ctx, err)
	}
	files := gatewayfs.New(ctx, solved)
	found, err := rootfs.Resolve(files, ref.Path)
	if err == nil {
		var info fs.FileInfo
		if info, err = files.Lstat(rootfs.Name(found.Path)); err == nil && (info.Size() > maxPack || !info.Mode().IsRegular()) {
			return nil, fmt.Errorf("%s is no file of at most %d bytes", ref.Path, maxPack)
		}
	}
	if rootfs.IsAbsent(err) {
		return nil, r.noPack(files, ref, tree.About)
	}
	if err != nil {
		return nil, err
	}
	return fs.ReadFile(files, rootfs.Name(found.Path))
}

// noPack says that there is no file of a pack, and which there are beside where it would be.
func (packReader) noPack(files rootfs.FS, ref verify.Ref, about plan.Source) error {
	where := plan.TreeName(about.Name)
	if about.Kind == plan.SourceImage && strings.Contains(about.Name, "/") {
		where = "the image " + about.Name
	}
	var names []string
	entries, _ := fs.ReadDir(files, rootfs.Name(path.Dir(ref.Path))) // there need not be one
	for _, e := range entries {
		if ext := path.Ext(e.Name()); (ext == ".yaml" || ext == ".yml") && len(names) < 10 {
			names = append(names, strings.TrimPrefix(path.Join(path.Dir(ref.Path), e.Name()), "/"))
		}
	}
	d := diag.Diagnostic{Code: "policy-unavailable", At: ref.At, Message: fmt.Sprintf("the policy %s: there is no file %s in %s", ref.Name, strings.TrimPrefix(ref.Path, "/"), where)}
	if about.Kind == plan.SourceContext {
		d.Fixes = []string{"write its path from the root of the build context, and see that .dockerignore does not leave it out",
			"or name one of Sinter's own: baseline or restricted"}
	}
	if len(names) > 0 && about.Kind != plan.SourceContext {
		d.Fixes = []string{"name one that is there: " + strings.Join(names, ", ")}
	}
	return diag.List{d}
}

// judge is the stage that asks the rules about the plan. Nothing is exported of an image
// that is against one of them.
func (i *image) judge(context.Context) error {
	image := rule.NewImage(i.plan)
	image.Name, image.Target, image.Time = i.title(), i.target, i.judgedAt()
	for _, p := range i.platforms {
		image.Platforms = append(image.Platforms, platforms.Format(p))
	}
	slices.Sort(image.Platforms)
	image.References = map[string]rule.Size{}
	for reference, tree := range i.trees.references {
		image.References[reference] = rule.Size{Bytes: i.sizes[tree].Bytes, Files: i.sizes[tree].Files}
	}
	i.verdict = i.policy.Judge(image)
	for n := range i.verdict.Findings {
		found := &i.verdict.Findings[n]
		found.At = i.spec.At(found.At) // where the target says it, if one does
	}
	return i.verdict.Diagnostics()
}

// VerdictKey is the key of what a check says besides what clients show: a Check.
const VerdictKey = "check.json"

// Check is what a check of a spec came to.
type Check struct {
	// Findings are all of them, of every image.
	Findings diag.List `json:"findings"`
	// Places are where the nodes of the spec are that findings name.
	Places map[string]diag.Place `json:"places"`
	// Images are what the policies say of each image that there is a plan for.
	Images []CheckedImage `json:"images"`
}

// CheckedImage is one image that was checked.
type CheckedImage struct {
	Platform string          `json:"platform"`
	Target   string          `json:"target,omitempty"`
	Verdict  *verify.Verdict `json:"verdict"`
}

// verdicts is a Check in JSON.
func (s *session) verdicts(images []*image, found diag.List) ([]byte, error) {
	out := Check{Findings: found, Places: map[string]diag.Place{}, Images: []CheckedImage{}}
	if out.Findings == nil {
		out.Findings = diag.List{}
	}
	for _, d := range found {
		out.Places[d.At] = s.Place(d.At)
	}
	for _, i := range images {
		if i.verdict != nil {
			out.Images = append(out.Images, CheckedImage{platforms.Format(i.platform), i.target, i.verdict})
		}
	}
	return json.Marshal(out)
}

// verdictFile is the file with the statement about the verdict.
const verdictFile = "/policy.json"

// attestVerdict adds a statement about the verdict to the result, if somebody names a
// policy and the build asks for attestations: which rules hold, which packs asked for
// them, and what was exempted.
func (i *image) attestVerdict(ctx context.Context, res *client.Result) error {
	wants, inlineOnly := i.wantsAttestations()
	if packs := i.packs(); i.verdict == nil || len(packs) == 1 && packs[0].At == "" || !wants {
		return nil
	}
	text, err := i.verdict.Attest(i.judgedAt())
	if err != nil {
		return err
	}
	name := fmt.Sprintf("[policy] what %s was judged by on %s", i.title(), platforms.Format(i.platform))
	return i.attestPredicate(ctx, res, predicate{
		file: verdictFile, text: text, kind: verify.PredicateType, step: name, inlineOnly: inlineOnly,
	})
}
