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
	Workdir    string   `json:"workdir"`
	Entrypoint []string `json:"entrypoint,omitempty"`
	Cmd        []string `json:"cmd,omitempty"`
	// Ports are the ports that the program listens on, "8080/tcp". Sorted.
	Ports []string `json:"ports,omitempty"`
	// Volumes are directories that hold data which outlives a container. Sorted.
	Volumes     []string          `json:"volumes,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	StopSignal  string            `json:"stopSignal,omitempty"`
	Healthcheck *Healthcheck      `json:"healthcheck,omitempty"`
}

// User is the user and group that the image runs as.
type User struct {
	UID uint32 `json:"uid"`
	GID uint32 `json:"gid"`
}

// Healthcheck is how a runtime asks whether the program is well. Durations are
// in nanoseconds, and zero ones are left to the runtime.
type Healthcheck struct {
	// Test is the program to run and its arguments.
	Test          []string      `json:"test"`
	Interval      time.Duration `json:"interval,omitempty"`
	Timeout       time.Duration `json:"timeout,omitempty"`
	StartPeriod   time.Duration `json:"startPeriod,omitempty"`
	StartInterval time.Duration `json:"startInterval,omitempty"`
	Retries       int           `json:"retries,omitempty"`
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
