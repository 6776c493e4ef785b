package imageconfig_test

import (
	"strings"
	"testing"

	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"

	"github.com/sinter-build/sinter/diag/render"
	"github.com/sinter-build/sinter/imageconfig"
	"github.com/sinter-build/sinter/spec"
)

// The image's environment is the base's with the spec's in it, whose values can name
// build arguments, each other, and what they replace.
func TestEnv(t *testing.T) {
	t.Parallel()
	base := []string{"PATH=/base/bin", "HOME=/home/base", "PRICE=$5"}
	for _, test := range []struct {
		name string
		spec string
		base []string // nil for scratch
		want string   // the environment, or what is said
	}{{
		name: "an image from scratch has PATH",
		spec: "links: [{path: /a, target: b}]",
		want: "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	}, {
		name: "a base's stays in its order, and new ones come sorted",
		spec: "env: {B: 1, HOME: /home/me, A: ''}",
		base: base,
		want: "PATH=/base/bin HOME=/home/me PRICE=$5 A= B=1",
	}, {
		name: "a base's value is extended",
		spec: `env: {PATH: "/opt/venv/bin:${PATH}", HOME2: "${HOME}${HOME}"}`,
		base: base,
		want: "PATH=/opt/venv/bin:/base/bin HOME=/home/base PRICE=$5 HOME2=/home/base/home/base",
	}, {
		name: "as is the default one, and a part's",
		spec: `env: {PATH: "/opt/bin:${PATH}", REQUESTS_CA_BUNDLE: "${SSL_CERT_FILE}"}` + "\ninclude: [ca-certificates]",
		want: "PATH=/opt/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt",
	}, {
		name: "variables of the spec name each other in any order",
		spec: `env: {A: "${B}/a", B: "${C}/b", C: /c, PATH: "${A}:${PATH}"}`,
		base: base,
		want: "PATH=/c/b/a:/base/bin HOME=/home/base PRICE=$5 A=/c/b/a B=/c/b C=/c",
	}, {
		name: "a build argument comes first",
		spec: "args: {HOME: /arg$$}\nenv: {A: '${HOME}', ARCH: '${TARGETARCH}'}",
		base: base,
		want: "PATH=/base/bin HOME=/home/base PRICE=$5 A=/arg$ ARCH=arm64",
	}, {
		name: "dollars stay what they are",
		spec: "args: {ARG: '$${HOME}'}\nenv: {A: '$$5', B: '$${HOME}', C: '${PRICE}', D: '${ARG}', E: '$$$${HOME}', F: '$$${HOME}'}",
		base: base,
		want: "PATH=/base/bin HOME=/home/base PRICE=$5 A=$5 B=${HOME} C=$5 D=${HOME} E=$${HOME} F=$/home/base",
	}, {
		name: "a target's variable extends the main image's",
		spec: "env: {PATH: '/opt/bin:${PATH}', A: a, B: '$$'}\ntargets: {debug: {env: {PATH: '/debug:${PATH}', A: '${A}b', B: '${B}$$', C: '${A}'}}}",
		base: base,
		want: "PATH=/debug:/opt/bin:/base/bin HOME=/home/base PRICE=$5 A=ab B=$$ C=ab",
	}, {
		name: "a variable that the base does not have",
		spec: "base: debian\nargs: {RELEASE: 1}\nenv:\n  A: ${RELAESE}\n  B: ${WIBBLE}\n  LD_LIBRARY_PATH: /opt/lib:${LD_LIBRARY_PATH}\n  R: ${RELEASE}",
		base: base,
		want: `app.yaml:4:6: ${RELAESE} is no build argument, and the base image debian sets no such variable; did you mean RELEASE? [undefined-variable]
  4 |   A: ${RELAESE}
    |      ^^^^^^^^^^
  fix: declare a build argument: args: {RELAESE: DEFAULT}
  fix: leave it out: there is nothing to add to
app.yaml:5:6: ${WIBBLE} is no build argument, and the base image debian sets no such variable [undefined-variable]
  5 |   B: ${WIBBLE}
    |      ^^^^^^^^^
  fix: declare a build argument: args: {WIBBLE: DEFAULT}
  fix: leave it out: there is nothing to add to
app.yaml:6:20: ${LD_LIBRARY_PATH} is no build argument, and the base image debian sets no such variable [undefined-variable]
  6 |   LD_LIBRARY_PATH: /opt/lib:${LD_LIBRARY_PATH}
    |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  fix: declare a build argument: args: {LD_LIBRARY_PATH: DEFAULT}
  fix: leave it out: there is nothing to add to
`,
	}, {
		name: "nor does scratch, at a target's place",
		spec: "links: [{path: /a, target: b}]\ntargets: {debug: {env: {HOME: '${HOME}'}}}",
		want: `app.yaml:2:31: ${HOME} is no build argument, and no variable of an image from scratch [undefined-variable]
  2 | targets: {debug: {env: {HOME: '${HOME}'}}}
    |                               ^^^^^^^^^
  fix: declare a build argument: args: {HOME: DEFAULT}
  fix: leave it out: there is nothing to add to
`,
	}, {
		name: "variables that refer to each other",
		spec: "base: debian\nenv: {A: '${B}', B: '${C}', C: 'x${B}'}",
		base: base,
		want: `app.yaml:2:21: the variables B and C refer to each other [variable-loop]
  2 | env: {A: '${B}', B: '${C}', C: 'x${B}'}
    |                     ^^^^^^
  fix: write out the value of one of them
`,
	}, {
		name: "one that grows",
		spec: "base: debian\nenv: {A: '" + strings.Repeat("${B}", 9) + "', B: '" + strings.Repeat("${C}", 64) + "', C: " + strings.Repeat("x", 256) + "}",
		base: base,
		want: "app.yaml:2:10: the variable A is longer than the 131071 bytes with which Linux starts a program [variable-too-long]\n",
	}, {
		name: "a dollar that nothing replaces",
		spec: "base: debian\nenv:\n  PATH: /opt/bin:$$PATH\n  HOME: $${HOME}\n  A: $$ABC $$B",
		base: base,
		want: `app.yaml:4:9: warning: HOME holds the text ${HOME} as it is: nothing replaces it when the image runs [variable-literal]
  4 |   HOME: $${HOME}
    |         ^^^^^^^^
  fix: write ${HOME} for the value of the base
app.yaml:3:9: warning: PATH holds the text $PATH as it is: nothing replaces it when the image runs [variable-literal]
  3 |   PATH: /opt/bin:$$PATH
    |         ^^^^^^^^^^^^^^^
  fix: write ${PATH} for the value of the base
`,
	}, {
		name: "a tilde that nothing replaces",
		spec: "base: debian\nenv:\n  PATH: /opt/bin:~/bin\n  DATA: ~/data\n  HOME: a~",
		base: base,
		want: `app.yaml:3:9: warning: PATH holds the text ~/bin as it is: no shell replaces the ~ when the image runs [variable-literal]
  3 |   PATH: /opt/bin:~/bin
    |         ^^^^^^^^^^^^^^
  fix: write the whole path: the home of the image's user is /home/nonroot, unless the spec names another user
`,
	}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text := test.spec
			if test.base != nil && !strings.Contains(text, "base:") {
				text += "\nbase: debian"
			}
			doc, _ := spec.Parse("app.yaml", []byte(text))
			target := ""
			if strings.Contains(text, "targets:") {
				target = "debug"
			}
			s, diags := doc.Evaluate(spec.Vars{Builtin: map[string]string{"TARGETARCH": "arm64"}}, target)
			if len(diags) > 0 {
				t.Fatal(render.Text(diags, doc))
			}
			var base *dockerspec.DockerOCIImage
			if test.base != nil {
				base = &dockerspec.DockerOCIImage{}
				base.Config.Env = test.base
			}
			config, found := imageconfig.Resolve(s, base, nil)
			got := strings.Join(config.Env, " ")
			if len(found) > 0 {
				got = render.Text(found, doc)
			}
			if !strings.HasPrefix(got, test.want) || len(found) == 0 && got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}
