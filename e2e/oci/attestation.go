package oci

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Attestation is an in-toto statement about an image of a layout.
type Attestation struct {
	// Platform is that of the image it is about.
	Platform      string
	PredicateType string
	// Predicate is the statement's predicate as it stands there.
	Predicate json.RawMessage
}

// Attestations returns the statements about the images of the layout in dir, by
// platform and type. An index holds them in manifests of their own, beside those
// of the images (BuildKit's docs/attestations/attestation-storage.md).
func Attestations(dir string) ([]Attestation, error) {
	var index ocispec.Index
	if err := readJSON(filepath.Join(dir, ocispec.ImageIndexFile), &index); err != nil {
		return nil, err
	}
	found, err := statements(dir, index)
	slices.SortFunc(found, func(a, b Attestation) int {
		return strings.Compare(a.Platform+a.PredicateType, b.Platform+b.PredicateType)
	})
	return found, err
}

func statements(dir string, index ocispec.Index) ([]Attestation, error) {
	about := map[string]string{}
	for _, desc := range index.Manifests {
		if desc.Platform != nil {
			about[desc.Digest.String()] = desc.Platform.OS + "/" + desc.Platform.Architecture
		}
	}
	var found []Attestation
	for _, desc := range index.Manifests {
		var more []Attestation
		var err error
		switch {
		case desc.MediaType == ocispec.MediaTypeImageIndex:
			var nested ocispec.Index
			if err := readJSON(blob(dir, desc.Digest), &nested); err != nil {
				return nil, err
			}
			more, err = statements(dir, nested)
		case desc.Annotations["vnd.docker.reference.type"] == "attestation-manifest":
			subject := desc.Annotations["vnd.docker.reference.digest"]
			more, err = manifestStatements(dir, desc.Digest, about[subject])
		}
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return found, nil
}

func manifestStatements(dir string, dgst digest.Digest, platform string) ([]Attestation, error) {
	var manifest ocispec.Manifest
	if err := readJSON(blob(dir, dgst), &manifest); err != nil {
		return nil, err
	}
	var found []Attestation
	for _, l := range manifest.Layers {
		a := Attestation{Platform: platform}
		if err := readJSON(blob(dir, l.Digest), &a); err != nil {
			return nil, err
		}
		if got := l.Annotations["in-toto.io/predicate-type"]; got != a.PredicateType {
			return nil, fmt.Errorf("a statement of type %q is announced as %q", a.PredicateType, got)
		}
		found = append(found, a)
	}
	return found, nil
}
