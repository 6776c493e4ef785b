package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// report is what was measured; slices are in the order of ways.
type report struct {
	times     []timing
	images    []size
	frontends []size // Sinter's, the Dockerfile frontend's
	memory    map[string]int64
}

// timing is the times of a situation, each way's in the order of the rounds.
type timing struct {
	situation
	by [][]time.Duration
}

// ratio is the median over the rounds of Sinter's time in terms of another way's
// in the same round, so that a machine that is slower for a while counts little.
func (t timing) ratio(other int) float64 {
	ratios := make([]float64, t.rounds)
	for i := range ratios {
		ratios[i] = float64(t.by[0][i]) / float64(t.by[other][i])
	}
	return median(ratios)
}

// maxMemory is how many bytes a frontend's process may have.
const maxMemory = 64 << 20

// maxFrontend is how many bytes Sinter's frontend image may have, compressed with gzip
// as frontendSize has it: 6.5 MB, and 4 MB for the rules' language (CEL). What is
// published is smaller, as it is compressed with zstd.
const maxFrontend = 10_500_000

// columns is how many there are in the table.
const columns = 6

func (r report) write(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	row := func(cells ...string) {
		cells = append(cells, make([]string, columns-len(cells))...)
		// Numbers stand at the right, their names at the left.
		fmt.Fprintf(w, "%-34s\t%s\t\n", cells[0], strings.Join(cells[1:], "\t"))
	}

	row("", ways[0].name, ways[1].name, ways[2].name, "Sinter :", "Sinter :")
	row("seconds: median (min)", "", "", "", ways[1].name, ways[2].name)
	for _, t := range r.times {
		cells := []string{t.name}
		for _, times := range t.by {
			cells = append(cells, fmt.Sprintf("%.2f (%.2f)", median(times).Seconds(), slices.Min(times).Seconds()))
		}
		row(append(cells, times(t.ratio(1)), times(t.ratio(2)))...)
	}
	row("")
	row("the image")
	compressed := func(s size) int64 { return s.compressed }
	files := func(s size) int64 { return s.files }
	row(compare("compressed, MB", r.images, compressed)...)
	row(compare("its files, MB", r.images, files)...)
	row("files and links", fmt.Sprint(r.images[0].count), fmt.Sprint(r.images[1].count), fmt.Sprint(r.images[2].count))
	row("layers", fmt.Sprint(r.images[0].layers), fmt.Sprint(r.images[1].layers), fmt.Sprint(r.images[2].layers))
	row("")
	row("the frontend's image")
	row(compare("compressed, MB", r.frontends, compressed)...)
	row(compare("its program, MB", r.frontends, files)...)
	row("")
	row("peak memory, MiB")
	for _, name := range slices.Sorted(maps.Keys(r.memory)) {
		row(name, fmt.Sprintf("%.1f", float64(r.memory[name])/(1<<20)))
	}
	row("")

	row("expected of Sinter", "at most", "is")
	for _, t := range r.times {
		if t.limit > 0 {
			row(fmt.Sprintf("%s : %s", t.name, ways[1].name), times(t.limit), times(t.ratio(1)), verdict(t.ratio(1) <= t.limit))
		}
	}
	image := r.frontends[0].compressed
	row("frontend image, MB", megabytes(maxFrontend), megabytes(image), verdict(image <= maxFrontend))
	var most int64
	for name, peak := range r.memory {
		if name != dockerfileProgram {
			most = max(most, peak)
		}
	}
	row("frontend memory, MiB", fmt.Sprint(maxMemory>>20), fmt.Sprintf("%.1f", float64(most)/(1<<20)), verdict(0 < most && most < maxMemory))
	return w.Flush()
}

// dockerfileProgram is the Dockerfile frontend among the processes.
const dockerfileProgram = "dockerfile-frontend"

// compare is a row of sizes and of the first one in terms of the others.
func compare(name string, sizes []size, of func(size) int64) []string {
	cells := []string{name, "", "", ""}
	for i, s := range sizes {
		cells[1+i] = megabytes(of(s))
	}
	for _, s := range sizes[1:] {
		cells = append(cells, times(ratio(of(sizes[0]), of(s))))
	}
	return cells
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.2f", float64(bytes)/1e6) }

func ratio(a, b int64) float64 { return float64(a) / float64(b) }

func times(ratio float64) string { return fmt.Sprintf("%.2f×", ratio) }

func verdict(ok bool) string {
	if ok {
		return "ok"
	}
	return "over"
}

func median[T ~int64 | ~float64](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}
