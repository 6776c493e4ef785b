package linkage

import (
	"debug/elf"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/sinter-build/sinter/elffile"
)

// abi is what the ELF header of a platform's programs says.
type abi struct {
	machine elf.Machine
	class   elf.Class
	data    elf.Data
	// also is another machine whose programs the same processors can run, though
	// not every kernel does.
	also elf.Machine
}

// abis maps OCI architectures (GOARCH values).
var abis = map[string]abi{
	"amd64":    {elf.EM_X86_64, elf.ELFCLASS64, elf.ELFDATA2LSB, elf.EM_386},
	"386":      {elf.EM_386, elf.ELFCLASS32, elf.ELFDATA2LSB, 0},
	"arm64":    {elf.EM_AARCH64, elf.ELFCLASS64, elf.ELFDATA2LSB, elf.EM_ARM},
	"arm":      {elf.EM_ARM, elf.ELFCLASS32, elf.ELFDATA2LSB, 0},
	"ppc64le":  {elf.EM_PPC64, elf.ELFCLASS64, elf.ELFDATA2LSB, 0},
	"ppc64":    {elf.EM_PPC64, elf.ELFCLASS64, elf.ELFDATA2MSB, elf.EM_PPC},
	"s390x":    {elf.EM_S390, elf.ELFCLASS64, elf.ELFDATA2MSB, 0},
	"riscv64":  {elf.EM_RISCV, elf.ELFCLASS64, elf.ELFDATA2LSB, 0},
	"loong64":  {elf.EM_LOONGARCH, elf.ELFCLASS64, elf.ELFDATA2LSB, 0},
	"mips":     {elf.EM_MIPS, elf.ELFCLASS32, elf.ELFDATA2MSB, 0},
	"mipsle":   {elf.EM_MIPS, elf.ELFCLASS32, elf.ELFDATA2LSB, 0},
	"mips64":   {elf.EM_MIPS, elf.ELFCLASS64, elf.ELFDATA2MSB, 0},
	"mips64le": {elf.EM_MIPS, elf.ELFCLASS64, elf.ELFDATA2LSB, 0},
}

// multiarchs are what Debian calls platforms in the names of directories (Multiarch/Tuples of its wiki).
var multiarchs = map[string]string{
	"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu", "arm64/v8": "aarch64-linux-gnu", "386": "i386-linux-gnu",
	"arm/v7": "arm-linux-gnueabihf", "arm": "arm-linux-gnueabihf", "arm/v6": "arm-linux-gnueabi", "arm/v5": "arm-linux-gnueabi",
	"ppc64le": "powerpc64le-linux-gnu", "riscv64": "riscv64-linux-gnu", "s390x": "s390x-linux-gnu",
}

// Multiarch is what Debian calls a platform in the names of directories: "x86_64-linux-gnu"
// of linux/amd64. It is empty for one that Debian is not built for.
func Multiarch(platform string) string {
	_, arch, _ := strings.Cut(platform, "/")
	return multiarchs[arch]
}

// WithMultiarch is a path with a name for this platform in place of that of another one, and
// the same for every platform, in a spec; it is empty for a path without one of another platform.
func WithMultiarch(name, platform string) (here, everywhere string) {
	own := Multiarch(platform)
	for _, other := range slices.Sorted(maps.Values(multiarchs)) {
		if before, after, ok := strings.Cut(name+"/", "/"+other+"/"); ok && own != "" && other != own {
			after = strings.TrimSuffix("/"+after, "/")
			return before + "/" + own + after, before + "/${TARGETMULTIARCH}" + after
		}
	}
	return "", ""
}

// ErrPlatform is returned for a platform whose programs are not known.
var ErrPlatform = fmt.Errorf("not a known linux platform")

func parsePlatform(platform string) (abi, error) {
	parts := strings.Split(platform, "/")
	if len(parts) < 2 || parts[0] != "linux" {
		return abi{}, fmt.Errorf("%q: %w", platform, ErrPlatform)
	}
	want, ok := abis[parts[1]]
	if !ok {
		return abi{}, fmt.Errorf("%q: %w", platform, ErrPlatform)
	}
	return want, nil
}

// CheckPlatform returns an error that wraps ErrPlatform for a platform whose
// programs are not known.
func CheckPlatform(platform string) error {
	_, err := parsePlatform(platform)
	return err
}

// Platforms lists the platforms that are known, without variants.
func Platforms() []string {
	var out []string
	for arch := range abis {
		out = append(out, "linux/"+arch)
	}
	slices.Sort(out)
	return out
}

// ownPlatform is the platform that a file is built for: the one of its very ABI,
// or else one whose processors have other programs too (x32). What fits none is
// compared with this machine.
func ownPlatform(f *elffile.File) string {
	for _, fits := range []func(abi) bool{
		func(a abi) bool { return a.matches(f) },
		func(a abi) bool { return a.alternative(f) },
	} {
		for _, p := range Platforms() {
			if fits(abis[goarch(p)]) {
				return p
			}
		}
	}
	return "linux/" + runtime.GOARCH
}

func goarch(platform string) string {
	return strings.Split(platform, "/")[1]
}

func (a abi) matches(f *elffile.File) bool {
	return f.Machine == a.machine && f.Class == a.class && f.Data == a.data
}

// alternative reports whether a program is for another ABI of the same processor: x32,
// or 32 bits.
func (a abi) alternative(f *elffile.File) bool {
	if f.Machine == a.machine {
		return f.Data == a.data
	}
	return a.also != 0 && f.Machine == a.also && f.Data == a.data
}
