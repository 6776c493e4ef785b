package programs

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// WriteTable writes what became of programs as Markdown: a table for each kind, then
// the totals.
func WriteTable(w io.Writer, results []Result) {
	for _, kind := range Kinds {
		header := false
		for _, r := range results {
			if r.Kind != kind {
				continue
			}
			if !header {
				header = true
				fmt.Fprintf(w, "\n| %s | works | extra lines | image | packages | growth | needs, never read | image, never read |\n", kind)
				fmt.Fprintln(w, "|---|---|--:|--:|--:|--:|--:|--:|")
			}
			fmt.Fprintln(w, row(r))
		}
	}
	writeTotals(w, results)
	writeJudged(w, results)
}

// writeJudged writes what the pack that holds by default warns of.
func writeJudged(w io.Writer, results []Result) {
	var images, found, warned int
	var wrong []string
	for _, r := range results {
		if r.Work.Size == 0 {
			continue // no plan, nothing to judge
		}
		images++
		found += len(r.Work.Judged)
		if len(r.Work.Judged) > 0 {
			warned++
		}
		for _, line := range r.Misjudged(r.Work.Judged) {
			wrong = append(wrong, r.Name+": "+line)
		}
	}
	fmt.Fprintf(w, "The pack baseline warns of %d things in %d of %d images", found, warned, images)
	if len(wrong) == 0 {
		fmt.Fprintln(w, ", all of them true.")
		return
	}
	fmt.Fprintf(w, ", and is wrong in %d:\n\n", len(wrong))
	for _, line := range wrong {
		fmt.Fprintln(w, "- "+line)
	}
}

func row(r Result) string {
	name := r.Name
	if r.Fast {
		name += " *"
	}
	cells := []string{name, "**no**", "", "", megabytes(r.Work.Packages), "", "", ""}
	if r.Work.Size > 0 {
		cells[3] = megabytes(r.Work.Size)
	}
	if r.Runs() {
		needs, opened := r.Work.NeedBytes()
		cells[1], cells[2] = "yes", fmt.Sprint(r.Extra)
		cells[6], cells[7] = megabytes(needs-opened), megabytes(r.Work.Size-r.Work.Opened)
		if r.Closure.Failure == "" {
			cells[5] = fmt.Sprintf("%.1f %%", r.growth())
		}
	}
	return "| " + strings.Join(cells, " | ") + " |"
}

// growth is by how many percent the image is larger than what the loader needs, to the tenth.
func (r Result) growth() float64 {
	tenths := 1000 * float64(r.Work.Size-r.Closure.Size) / float64(r.Closure.Size)
	return math.Round(tenths)/10 + 0 // which is 0 of -0
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f", float64(n)/1e6) }

func writeTotals(w io.Writer, results []Result) {
	var runs, plain int
	var growth []Result
	var size, packages, opened, closure, needs, needsOpened int64
	for _, r := range results {
		if !r.Runs() {
			continue
		}
		runs++
		if r.Extra == 0 {
			plain++
		}
		if r.Closure.Failure == "" {
			growth = append(growth, r)
		}
		size, packages, opened, closure = size+r.Work.Size, packages+r.Work.Packages, opened+r.Work.Opened, closure+r.Closure.Size
		n, o := r.Work.NeedBytes()
		needs, needsOpened = needs+n, needsOpened+o
	}
	fmt.Fprintf(w, "\n%d of %d programs do their work, %d of them without an extra line.\n", runs, len(results), plain)
	if runs == 0 {
		return
	}
	fmt.Fprintf(w, "Their images have %s MB, their packages with dependencies %s MB.\n", megabytes(size), megabytes(packages))
	if len(growth) > 0 {
		slices.SortFunc(growth, func(a, b Result) int { return cmp.Compare(a.growth(), b.growth()) })
		worst := growth[len(growth)-1]
		fmt.Fprintf(w, "%d do it with what the loader needs alone; these grow by %.1f %% in the median and %.1f %% at worst (%s).\n",
			len(growth), growth[len(growth)/2].growth(), worst.growth(), worst.Name)
	}
	fmt.Fprintf(w, "Of the bytes that needs bring, %s are read in the work; of what packages have beyond what the loader needs, these are %s.\n",
		percent(needsOpened, needs), percent(needsOpened, packages-closure))
	fmt.Fprintf(w, "Of all bytes of the images, %s are read in the work; of the packages', these are %s.\n", percent(opened, size), percent(opened, packages))
}

func percent(part, whole int64) string {
	if whole <= 0 {
		return "none"
	}
	return fmt.Sprintf("%.0f %%", 100*float64(part)/float64(whole))
}

// WriteDetails writes what is known of one program: what needs bring, by evidence,
// and for a failure what the program looked for in vain.
func WriteDetails(w io.Writer, r Result) {
	work := r.Work
	needs, opened := work.NeedBytes()
	fmt.Fprintf(w, "%s: image %s MB, closure %s MB, packages %s MB; planned in %d ms, worked for %d ms\n",
		r.Name, megabytes(work.Size), megabytes(r.Closure.Size), megabytes(work.Packages), work.Planned.Milliseconds(), work.Worked.Milliseconds())
	if r.Closure.Failure != "" {
		fmt.Fprintf(w, "  with the closure alone it fails: %s\n", lastLine(r.Closure.Failure))
	}
	for _, told := range work.Told {
		fmt.Fprintf(w, "  the build tells of what does not ship: %s\n", told)
	}
	if work.Warned != "" {
		fmt.Fprintf(w, "  the build warns:\n%s\n", indent(work.Warned))
	}
	if needs > 0 {
		fmt.Fprintf(w, "  needs bring %s MB, of which %s MB were read:\n", megabytes(needs), megabytes(opened))
	}
	shown := min(len(work.Needs), maxNeeds)
	for _, n := range work.Needs[:shown] {
		fmt.Fprintf(w, "  %10d %10d read  %s\n", n.Bytes, n.Opened, n.Evidence)
	}
	if rest := (Usage{Needs: work.Needs[shown:]}); len(rest.Needs) > 0 {
		bytes, opened := rest.NeedBytes()
		fmt.Fprintf(w, "  %10d %10d read  by %d more pieces of evidence\n", bytes, opened, len(rest.Needs))
	}
	if len(work.Vain.Missing) > 0 {
		fmt.Fprintln(w, "  looked for in vain, though the source has it:")
	}
	for _, m := range work.Vain.Missing {
		fmt.Fprintf(w, "    %-12s %s (%s)\n", m.Kind, m.Path, cmp.Or(m.Package, "of no package"))
	}
	if len(work.Vain.Refused) > 0 {
		fmt.Fprintln(w, "  refused:")
	}
	for _, line := range work.Vain.Refused {
		fmt.Fprintln(w, "    "+line)
	}
	if work.Failure != "" {
		fmt.Fprintf(w, "  it fails:\n%s\n", indent(work.Failure))
	}
}

// maxNeeds is how many pieces of evidence are shown.
const maxNeeds = 30

// FailureLine says in one line what a program that fails has missed: its name, the
// files, their packages, what kind they are, and how it ended.
func FailureLine(r Result) string {
	var missing, of, kinds []string
	for _, m := range r.Work.Vain.Missing {
		if len(missing) < 6 {
			missing = append(missing, m.Path)
		}
		if !slices.Contains(of, m.Package) {
			of = append(of, m.Package)
		}
		if !slices.Contains(kinds, m.Kind) {
			kinds = append(kinds, m.Kind)
		}
	}
	missing = append(missing, r.Work.Vain.Refused[:min(3, len(r.Work.Vain.Refused))]...)
	return strings.Join([]string{
		r.Name, strings.Join(missing, ", "), strings.Join(of, ", "), strings.Join(kinds, ", "), lastLine(r.Work.Failure),
	}, " · ")
}

// GrowthLine says in one line by how much the image of a program is larger than what it
// does its work with, and what brings the most that is not read. It is empty where that
// is little.
func GrowthLine(r Result) string {
	if !r.Runs() || r.Closure.Failure != "" || r.growth() <= maxGrowth {
		return ""
	}
	unread := slices.Clone(r.Work.Needs)
	slices.SortStableFunc(unread, func(a, b Need) int { return cmp.Compare(b.Bytes-b.Opened, a.Bytes-a.Opened) })
	line := []string{fmt.Sprintf("%s grows by %.1f %%", r.Name, r.growth())}
	for _, n := range unread[:min(3, len(unread))] {
		line = append(line, fmt.Sprintf("%s MB: %s", megabytes(n.Bytes-n.Opened), n.Evidence))
	}
	return strings.Join(line, " · ")
}

// maxGrowth is by how many percent the image of a program may be larger than what it
// does its work with.
const maxGrowth = 10

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
