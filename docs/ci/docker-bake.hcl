# docker buildx bake
variable "TAG" {
  default = "dev"
}

target "app" {
  context    = "."
  dockerfile = "app.yaml"
  platforms  = ["linux/amd64", "linux/arm64"]
  tags       = ["registry.example/app:${TAG}"]
  attest     = ["type=sbom", "type=provenance,mode=max"]
  cache-from = ["type=registry,ref=registry.example/app:cache"]
  cache-to   = ["type=registry,ref=registry.example/app:cache,mode=max"]
}

# The program comes from another target, in place of the spec's source "build".
target "app-with-build" {
  inherits = ["app"]
  contexts = { build = "target:build" }
}

target "build" {
  context    = "."
  dockerfile = "Dockerfile"
  target     = "build"
}

group "default" {
  targets = ["app"]
}
