package lab

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// pusher puts blobs and manifests into a registry (OCI distribution-spec 1.1,
// "Pushing manifests" and "Pushing blobs").
type pusher struct {
	base string
}

func newPusher(addr string) pusher { return pusher{base: "http://" + addr + "/v2/"} }

func (p pusher) ping(ctx context.Context) error {
	_, err := p.do(ctx, http.MethodGet, p.base, "", nil, 0, http.StatusOK)
	return err
}

// blob uploads size bytes with the digest dgst in one request.
func (p pusher) blob(ctx context.Context, repo string, dgst digest.Digest, r io.Reader, size int64) error {
	resp, err := p.do(ctx, http.MethodPost, p.base+repo+"/blobs/uploads/", "", nil, 0, http.StatusAccepted)
	if err != nil {
		return err
	}
	where, err := resp.Location()
	if err != nil {
		return err
	}
	q := where.Query()
	q.Set("digest", dgst.String())
	where.RawQuery = q.Encode()
	_, err = p.do(ctx, http.MethodPut, where.String(), "application/octet-stream", r, size, http.StatusCreated)
	return err
}

// bytes uploads a small blob and describes it.
func (p pusher) bytes(ctx context.Context, repo, mediaType string, data []byte) (ocispec.Descriptor, error) {
	desc := ocispec.Descriptor{MediaType: mediaType, Digest: digest.FromBytes(data), Size: int64(len(data))}
	return desc, p.blob(ctx, repo, desc.Digest, bytes.NewReader(data), desc.Size)
}

// manifest uploads a manifest or index under a tag or, when ref is empty, under
// its digest.
func (p pusher) manifest(ctx context.Context, repo, ref, mediaType string, data []byte) (ocispec.Descriptor, error) {
	desc := ocispec.Descriptor{MediaType: mediaType, Digest: digest.FromBytes(data), Size: int64(len(data))}
	if ref == "" {
		ref = desc.Digest.String()
	}
	target := p.base + repo + "/manifests/" + url.PathEscape(ref)
	_, err := p.do(ctx, http.MethodPut, target, mediaType, bytes.NewReader(data), desc.Size, http.StatusCreated)
	return desc, err
}

func (p pusher) do(ctx context.Context, method, target, mediaType string, body io.Reader, size int64, want int) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, err
	}
	req.ContentLength = size
	if mediaType != "" {
		req.Header.Set("Content-Type", mediaType)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != want {
		return nil, fmt.Errorf("%s %s: %s: %s", method, target, resp.Status, text)
	}
	return resp, nil
}
