package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// memoryRounds is how many cold builds each way's memory is the highest of.
const memoryRounds = 3

// memory builds every way and returns the most memory in bytes (resident, with
// the program's own pages) that each of the frontends' processes has had, by its
// command line without directories.
func (b *bench) memory(ctx context.Context) (map[string]int64, error) {
	watching, stop := context.WithCancel(ctx)
	defer stop()
	peaks := make(chan map[string]int64, 1)
	go func() { peaks <- watch(watching, b.lab.CgroupParent()) }()
	for range memoryRounds {
		for _, w := range ways {
			if err := b.prune(ctx); err != nil {
				return nil, err
			}
			if err := b.build(ctx, w, false, b.push()); err != nil {
				return nil, fmt.Errorf("%s: %w", w.name, err)
			}
		}
	}
	stop()
	return <-peaks, nil
}

// watch looks at the processes in a control group until ctx is done.
func watch(ctx context.Context, cgroup string) map[string]int64 {
	peaks := map[string]int64{}
	for tick := time.Tick(3 * time.Millisecond); ctx.Err() == nil; <-tick {
		dirs, err := filepath.Glob("/proc/[0-9]*")
		if err != nil {
			return peaks
		}
		for _, dir := range dirs {
			if name, peak, ok := inspect(dir, cgroup); ok {
				peaks[name] = max(peaks[name], peak)
			}
		}
	}
	return peaks
}

// inspect reads a process's command line and its peak. Processes come and go, so
// that what cannot be read is not there any more.
func inspect(dir, cgroup string) (name string, peak int64, ok bool) {
	line, err := os.ReadFile(filepath.Join(dir, "cmdline"))
	if err != nil {
		return "", 0, false
	}
	argv := strings.Split(strings.TrimRight(string(line), "\x00"), "\x00")
	argv[0] = path.Base(argv[0])
	if !strings.HasSuffix(argv[0], "-frontend") {
		return "", 0, false
	}
	groups, err := os.ReadFile(filepath.Join(dir, "cgroup"))
	if err != nil || !bytes.Contains(groups, []byte(cgroup)) {
		return "", 0, false
	}
	status, err := os.ReadFile(filepath.Join(dir, "status"))
	if err != nil {
		return "", 0, false
	}
	_, rest, ok := strings.Cut(string(status), "VmHWM:")
	if !ok {
		return "", 0, false
	}
	_, err = fmt.Sscanf(rest, "%d kB", &peak)
	return strings.Join(argv, " "), peak << 10, err == nil
}
