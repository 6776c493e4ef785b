module github.com/sinter-build/sinter

go 1.26.3

require (
	github.com/containerd/containerd/v2 v2.3.4 // indirect
	github.com/moby/buildkit v0.33.0 // indirect
	github.com/opencontainers/image-spec v1.1.1 // indirect
)
