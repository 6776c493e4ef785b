package plan

import (
	"strings"
	"time"
)

// Config is how an image runs: what the spec says, over what the base says. It is
// known before anything else of the plan, which depends on it.
type Config struct {
	User User `json:"user"`
	// Env holds NAME=VALUE settings in the order in which the image has them,
	// each name once.
	Env []string `json:"env,omitempty"`
	// Workdir is the directory in which the program starts.
	Workdir string `json:"workdir"`
	// Entrypoint is the program that the image starts, and arguments.
	Entrypoint []string `json:"entrypoint,omitempty"`
	// Cmd is further arguments, which whoever starts the image can replace.
	Cmd []string `json:"cmd,omitempty"`
	// Ports are the ports that the program listens on, "8080/tcp". Sorted.
	Ports []string `json:"ports,omitempty"`
	// Volumes are directories that hold data which outlives a container. Sorted.
	Volumes []string `json:"volumes,omitempty"`
	// Labels are the image's labels by name.
	Labels map[string]string `json:"labels,omitempty"`
	// StopSignal is what asks the program to end, "SIGTERM". Empty leaves it to
	// the runtime.
	StopSignal  string       `json:"stopSignal,omitempty"`
	Healthcheck *Healthcheck `json:"healthcheck,omitempty"`
}

// User is the user and group that the image runs as.
type User struct {
	// UID is the user's number.
	UID uint32 `json:"uid"`
	// GID is the group's number.
	GID uint32 `json:"gid"`
	// Name is how the image's config calls the user where that is no number, as only images
	// do that others have made. UID is then zero where the image does not know the name.
	Name string `json:"name,omitempty"`
}

// Healthcheck is how a runtime asks whether the program is well. Durations are
// in nanoseconds, and zero ones are left to the runtime.
type Healthcheck struct {
	// Test is the program to run and its arguments.
	Test []string `json:"test"`
	// Interval is the time from one check to the next.
	Interval time.Duration `json:"interval,omitempty"`
	// Timeout is how long a check may take.
	Timeout time.Duration `json:"timeout,omitempty"`
	// StartPeriod is how long failures do not count after the start.
	StartPeriod time.Duration `json:"startPeriod,omitempty"`
	// StartInterval is Interval during StartPeriod.
	StartInterval time.Duration `json:"startInterval,omitempty"`
	// Retries is how many failures in a row make the program unhealthy.
	Retries int `json:"retries,omitempty"`
}

// Command is the program that the image starts with its arguments: the
// entrypoint, then the command.
func (c Config) Command() []string {
	return append(append([]string{}, c.Entrypoint...), c.Cmd...)
}

// Environ is Env by name.
func (c Config) Environ() map[string]string {
	out := map[string]string{}
	for _, setting := range c.Env {
		name, value, _ := strings.Cut(setting, "=")
		out[name] = value
	}
	return out
}
