package plan

import "time"

// ELF is what a program or library says of itself that rules ask about.
type ELF struct {
	// Library tells a shared library from a program.
	Library bool `json:"library,omitempty"`
	// Static tells that no dynamic loader starts or maps it.
	Static bool `json:"static,omitempty"`
	// Go tells that Go's linker made it.
	Go bool `json:"go,omitempty"`
	// PIE tells that it is loaded anywhere; true of libraries, too.
	PIE bool `json:"pie"`
	// RELRO is "full" when the loader makes all tables of addresses read-only after it
	// has filled them in, "partial" when those of functions stay writable, else "none".
	RELRO string `json:"relro"`
	// NX tells that neither stack nor data can be executed.
	NX bool `json:"nx"`
	// TextRel tells that the loader writes to its code.
	TextRel bool `json:"textrel,omitempty"`
	// RPath is its RPATH or RUNPATH, one directory an item.
	RPath []string `json:"rpath,omitempty"`
	// CET tells that it is marked for Intel's shadow stack and indirect branch tracking.
	CET bool `json:"cet,omitempty"`
	// BTI tells that it is marked for Arm's branch target identification.
	BTI bool `json:"bti,omitempty"`
	// Broken is why it cannot be loaded in this image, as the loader would say it.
	Broken string `json:"broken,omitempty"`
}

// Certificates are the certificates in one file.
type Certificates struct {
	// Count is how many there are.
	Count int `json:"count"`
	// First are those that expire first, at most MaxCertificates of them.
	First []Certificate `json:"first"`
}

// MaxCertificates is how many certificates of one file a plan describes.
const MaxCertificates = 16

// Certificate is an X.509 certificate.
type Certificate struct {
	// Subject is whom it is about: "CN=Example Root".
	Subject string `json:"subject"`
	// NotBefore is when it becomes valid.
	NotBefore time.Time `json:"notBefore"`
	// NotAfter is when it expires.
	NotAfter time.Time `json:"notAfter"`
}

// Secret is something in a file that nobody but its owner should have.
type Secret struct {
	// Kind says what it is: "private key", "GitHub token".
	Kind string `json:"kind"`
	// Line is where it begins, from 1 on.
	Line int `json:"line"`
}

// BaseFile is a file, directory or link of the base.
type BaseFile struct {
	// Path is absolute and physical.
	Path string `json:"path"`
	Kind Kind   `json:"kind"`
	// Mode is as in an Entry.
	Mode uint32 `json:"mode,omitempty"`
	// UID is the number of the user who owns it.
	UID uint32 `json:"uid,omitempty"`
	// GID is the number of the group that owns it.
	GID uint32 `json:"gid,omitempty"`
	// Size is in bytes; files only.
	Size int64 `json:"size,omitempty"`
	// Target is what a symlink points to, literally.
	Target string `json:"target,omitempty"`
	// Capabilities are as in an Entry.
	Capabilities string `json:"capabilities,omitempty"`
}
