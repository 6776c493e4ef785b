package watch

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A program of 32 bits has other numbers for its calls, and other registers.
const program32 = `
.globl _start
_start:	mov $5, %eax		# open
	mov $there, %ebx
	xor %ecx, %ecx
	int $0x80
	mov $195, %eax		# stat64
	mov $gone, %ebx
	mov $buffer, %ecx
	int $0x80
	mov $1, %eax		# exit
	mov $3, %ebx
	int $0x80
.data
there:	.asciz "there"
gone:	.asciz "gone"
buffer:	.space 256
`

func TestProgramOf32Bits(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"program.s": program32, "there": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"as", "--32", "-o", "program.o", "program.s"}, {"ld", "-m", "elf_i386", "-o", "program", "program.o"}} {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	compile(t, dir, "enter", `chdir(DIRECTORY); char *a[] = {"program", 0}; execv("program", a); return 99;`, "-DDIRECTORY=\""+dir+"\"")
	var rec Record
	p, err := Start(command(t, filepath.Join(dir, "enter")), &rec)
	if err != nil {
		t.Fatal(err)
	}
	<-p.Gone()
	const want = "open there by program\nlook gone ENOENT by program"
	if got := listed(rec.Accesses(), dir); got != want || p.Status().Exit != 3 {
		t.Errorf("%v, recorded\n%s\nwant\n%s", p.Status(), got, want)
	}
}
