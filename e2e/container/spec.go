package container

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// capabilities are Docker's defaults (moby, daemon/pkg/oci/caps/defaults.go). A
// user other than root has them only in the bounding set.
var capabilities = []string{
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID",
	"CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE",
}

// Spec is what an OCI runtime is told to start the unpacked image in root with, in the
// control group cgroup. The directory dir must have a file hosts, for /etc/hosts. args
// replace the image's cmd when they are not nil.
func Spec(dir, root, cgroup string, config ocispec.ImageConfig, args []string) (*specs.Spec, error) {
	user, err := parseUser(config.User)
	if err != nil {
		return nil, err
	}
	if args == nil {
		args = config.Cmd
	}
	caps := &specs.LinuxCapabilities{Bounding: capabilities}
	if user.UID == 0 {
		caps.Effective, caps.Permitted = capabilities, capabilities
	}
	cwd := config.WorkingDir
	if cwd == "" {
		cwd = "/"
	}
	return &specs.Spec{
		Version: "1.0.2",
		Process: &specs.Process{
			User:            user,
			Args:            append(append([]string{}, config.Entrypoint...), args...),
			Env:             config.Env,
			Cwd:             cwd,
			Capabilities:    caps,
			NoNewPrivileges: true,
		},
		Root:     &specs.Root{Path: root},
		Hostname: "container",
		Mounts:   mounts(dir),
		Linux: &specs.Linux{
			CgroupsPath: cgroup,
			Namespaces: []specs.LinuxNamespace{
				{Type: specs.PIDNamespace}, {Type: specs.MountNamespace}, {Type: specs.IPCNamespace}, {Type: specs.UTSNamespace},
			},
			MaskedPaths:   []string{"/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"},
			ReadonlyPaths: []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"},
		},
	}, nil
}

func mounts(dir string) []specs.Mount {
	return []specs.Mount{
		{Destination: "/proc", Type: "proc", Source: "proc", Options: []string{"nosuid", "noexec", "nodev"}},
		{Destination: "/dev", Type: "tmpfs", Source: "tmpfs", Options: []string{"nosuid", "strictatime", "mode=755", "size=65536k"}},
		{Destination: "/dev/pts", Type: "devpts", Source: "devpts", Options: []string{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
		{Destination: "/dev/shm", Type: "tmpfs", Source: "shm", Options: []string{"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}},
		{Destination: "/sys", Type: "sysfs", Source: "sysfs", Options: []string{"nosuid", "noexec", "nodev", "ro"}},
		{Destination: "/etc/hosts", Type: "bind", Source: filepath.Join(dir, "hosts"), Options: []string{"bind", "ro"}},
	}
}

// parseUser parses the config's user, which must be numeric as orchestrators
// want it: "UID" or "UID:GID".
func parseUser(text string) (specs.User, error) {
	if text == "" {
		return specs.User{}, nil
	}
	uid, gid, both := strings.Cut(text, ":")
	if !both {
		gid = "0"
	}
	u, uerr := strconv.ParseUint(uid, 10, 32)
	g, gerr := strconv.ParseUint(gid, 10, 32)
	if uerr != nil || gerr != nil {
		return specs.User{}, fmt.Errorf("user %q is not numeric", text)
	}
	return specs.User{UID: uint32(u), GID: uint32(g)}, nil
}
