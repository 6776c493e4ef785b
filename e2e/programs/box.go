package programs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/sinter-build/sinter/e2e/container"
)

// hosts is /etc/hosts.
const hosts = "127.0.0.1 localhost container\n"

// A box is where a program works. Its script reaches it by commands of the harness.
type box struct {
	Dir string // for files of the harness
	// Work is the directory that the script, the image and the client share.
	Work string
	// Root is the image's tree and Config how it runs.
	Root   string
	Config ocispec.ImageConfig
	// Client is the tree of the script's client.
	Client string
	Runc   string
	Cgroup string
	// Trace, if set, is a directory for what strace writes.
	Trace string
}

// stateVariable names the file of a box for its commands.
const stateVariable = "SINTER_PROGRAMS_BOX"

// boxCommands are the commands of prelude.sh.
var boxCommands = map[string]func(*box, []string) error{
	"run":     (*box).run,
	"program": (*box).program,
	"client":  (*box).client,
	"network": func(*box, []string) error { return container.NetworkUp() },
	"listens": (*box).listens,
	"appears": (*box).appears,
	"get":     (*box).get,
	"talk":    (*box).talk,
}

func readBox() (*box, error) {
	text, err := os.ReadFile(os.Getenv(stateVariable))
	if err != nil {
		return nil, err
	}
	b := &box{}
	return b, json.Unmarshal(text, b)
}

// run becomes a container of the image. Arguments replace those of its config.
func (b *box) run(args []string) error {
	if len(args) == 0 {
		args = nil
	}
	return b.become(b.Config, args)
}

// program becomes a container of the image with another program.
func (b *box) program(args []string) error {
	config := b.Config
	config.Entrypoint, config.Cmd = args, nil
	return b.become(config, nil)
}

func (b *box) become(config ocispec.ImageConfig, args []string) error {
	dir, err := os.MkdirTemp(b.Dir, "bundle")
	if err != nil {
		return err
	}
	id := filepath.Base(dir)
	c, err := container.Spec(dir, b.Root, filepath.Join(b.Cgroup, id), config, args)
	if err != nil {
		return err
	}
	// runc lends its terminal only when it is told of one.
	_, err = unix.IoctlGetTermios(0, unix.TCGETS)
	c.Process.Terminal = err == nil
	c.Mounts = append(c.Mounts, specs.Mount{Destination: "/scratch", Type: "bind", Source: b.Work, Options: []string{"bind", "rw"}})
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	err = errors.Join(
		os.WriteFile(filepath.Join(dir, "config.json"), text, 0o644),
		os.WriteFile(filepath.Join(dir, "hosts"), []byte(hosts), 0o644),
	)
	if err != nil {
		return err
	}
	argv := []string{b.Runc, "--root", filepath.Join(dir, "state"), "run", "--bundle", dir, id}
	if b.Trace == "" {
		return syscall.Exec(argv[0], argv, os.Environ())
	}
	strace, err := exec.LookPath("strace")
	if err != nil {
		return err
	}
	argv = append([]string{strace, "-ff", "-qq", "-y", "-s", "4096", "--seccomp-bpf", "-e", "trace=%file", "-o", filepath.Join(b.Trace, id), "--"}, argv...)
	return syscall.Exec(argv[0], argv, os.Environ())
}

// client becomes a command in the client's tree.
func (b *box) client(args []string) error {
	if b.Client == "" {
		return errors.New("there is no tree for a client")
	}
	work := filepath.Join(b.Client, "scratch")
	script := `mount --bind "$1" "$2" && shift 2 && exec chroot "$@"`
	argv := append([]string{"unshare", "--mount", "sh", "-c", script, "sh", b.Work, work, b.Client, "env", "--chdir=/scratch"}, args...)
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return err
	}
	return syscall.Exec(path, argv, []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8", "NODE_EXTRA_CA_CERTS=" + machineAuthorities})
}

// patience is how long a server may take until it listens.
const patience = 40 * time.Second

// listens waits for a server: PORT or the path of a socket, and the process id.
func (b *box) listens(args []string) error {
	network, address := "tcp", "127.0.0.1:"+args[0]
	if strings.Contains(args[0], "/") {
		network, address = "unix", filepath.Join(b.Work, strings.TrimPrefix(args[0], "/scratch"))
	}
	return await(args, func() bool {
		conn, err := net.Dial(network, address)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

// appears waits for a file of the work directory that has content: its path in the
// box, and the server's process id.
func (b *box) appears(args []string) error {
	name := filepath.Join(b.Work, strings.TrimPrefix(args[0], "/scratch"))
	return await(args, func() bool {
		info, err := os.Stat(name)
		return err == nil && info.Size() > 0
	})
}

// await waits until there is what args[0] names while the process args[1] lives.
func await(args []string, there func() bool) error {
	if len(args) != 2 {
		return errors.New("nothing was started that could be waited for")
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if there() {
			return nil
		}
		if !alive(args[1]) {
			return fmt.Errorf("the server has ended, and there is no %s", args[0])
		}
	}
	return fmt.Errorf("after %s there is no %s", patience, args[0])
}

// alive reports whether a process has not ended, whether it was waited for or not.
func alive(pid string) bool {
	text, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	return !strings.HasPrefix(rest, "Z")
}

// get prints the body of a URL, or with -i the status. Headers can be set by -H.
func (b *box) get(args []string) error {
	req, err := http.NewRequest(http.MethodGet, "", nil)
	if err != nil {
		return err
	}
	status := false
	for len(args) > 1 {
		switch args[0] {
		case "-i":
			status = true
			args = args[1:]
		case "-H":
			name, value, _ := strings.Cut(args[1], ": ")
			req.Header.Set(name, value)
			args = args[2:]
		case "-d":
			req.Method, req.Body = http.MethodPost, io.NopCloser(strings.NewReader(args[1]))
			req.ContentLength = int64(len(args[1]))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			args = args[2:]
		default:
			return fmt.Errorf("get: what is %s?", args[0])
		}
	}
	if req.URL, err = req.URL.Parse(args[0]); err != nil {
		return err
	}
	web := &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := web.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if status {
		fmt.Println(resp.Status)
		return nil
	}
	if _, err := io.Copy(os.Stdout, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode >= 400 {
		return errors.New(resp.Status)
	}
	return nil
}

// talk says standard input on a connection to a port and prints what it hears, until
// the other side ends it or says nothing for a second.
func (b *box) talk(args []string) error {
	port, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	say, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	defer conn.Close()
	var heard bytes.Buffer
	// Line by line, for many servers greet first and want an answer to each.
	for line := range bytes.Lines(say) {
		if _, err := conn.Write(line); err != nil {
			return err
		}
		if err := hear(conn, &heard, 100*time.Millisecond); err != nil {
			break
		}
	}
	_ = hear(conn, &heard, time.Second) // what it has said until then is what counts
	_, err = os.Stdout.Write(heard.Bytes())
	return err
}

// hear reads until nothing comes for some time.
func hear(conn net.Conn, into *bytes.Buffer, quiet time.Duration) error {
	buf := make([]byte, 64<<10)
	for {
		if err := conn.SetReadDeadline(time.Now().Add(quiet)); err != nil {
			return err
		}
		n, err := conn.Read(buf)
		into.Write(buf[:n])
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
