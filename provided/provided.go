// Package provided knows libraries that are in no image: the host, or the container
// runtime on it, puts them into a container when it starts, since they have to fit
// the host's kernel driver.
package provided

import (
	"maps"
	"slices"
	"strings"
)

// Nvidia is the preset of the libraries of NVIDIA's driver.
const Nvidia = "nvidia"

// presets are patterns of SONAMEs by the name that stands for them in a spec.
//
// Nvidia's are what nvidia-container-toolkit mounts (libnvidia-container,
// src/nvc_info.c), by the SONAMEs of the driver's files. Those whose SONAME is the
// driver's version have a pattern. libGL.so.1 and the like, which glvnd has too,
// are not among them.
var presets = map[string][]string{
	Nvidia: {
		// Utilities.
		"libnvidia-cfg.so.1", "libnvidia-ml.so.1", "libnvidia-nscq.so.2",
		// Computing.
		"libcuda.so.1", "libcudadebugger.so.1", "libnvidia-allocator.so.1", "libnvidia-compiler.so.*",
		"libnvidia-fatbinaryloader.so.*", "libnvidia-gpucomp.so.*", "libnvidia-nvvm.so.4", "libnvidia-opencl.so.1",
		"libnvidia-pkcs11-openssl3.so.*", "libnvidia-pkcs11.so.*", "libnvidia-ptxjitcompiler.so.1", "libnvidia-tileiras.so.*",
		// Video.
		"libnvcuvid.so.1", "libnvidia-encode.so.1", "libnvidia-opticalflow.so.1", "libvdpau_nvidia.so.1",
		// Graphics.
		"libEGL_nvidia.so.0", "libGLESv1_CM_nvidia.so.1", "libGLESv2_nvidia.so.2", "libGLX_nvidia.so.0",
		"libnvidia-cbl.so.*", "libnvidia-eglcore.so.*", "libnvidia-fbc.so.1", "libnvidia-glcore.so.*", "libnvidia-glsi.so.*",
		"libnvidia-glvkspirv.so.*", "libnvidia-ifr.so.1", "libnvidia-ngx.so.1", "libnvidia-rtcore.so.*", "libnvidia-tls.so.*",
		"libnvoptix.so.1",
	},
}

// Presets lists the names of the presets.
func Presets() []string { return slices.Sorted(maps.Keys(presets)) }

// PresetOf returns the name of the preset that has a library, or "".
func PresetOf(soname string) string {
	for _, name := range Presets() {
		if Matches(name, soname) {
			return name
		}
	}
	return ""
}

// Matches reports whether an item of a spec stands for a library. The item is a preset
// or a SONAME in which "*" stands for any text.
func Matches(item, soname string) bool {
	if patterns, ok := presets[item]; ok {
		return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, soname) })
	}
	return matches(item, soname)
}

// matches compares with a pattern. What "*" stands for is taken as short as can be,
// but for the last, so that no pattern takes long.
func matches(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	first, last := parts[0], parts[len(parts)-1]
	rest, ok := strings.CutPrefix(name, first)
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		if _, rest, ok = strings.Cut(rest, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(rest, last)
}
