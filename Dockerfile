# The frontend image: one static binary. `make frontend-image` compiles it first,
# for every platform, so that this needs no other image.
FROM scratch
ARG TARGETOS TARGETARCH
COPY .build/frontend/${TARGETOS}_${TARGETARCH}/sinter-frontend /sinter-frontend
LABEL moby.buildkit.frontend.network.none="true"
LABEL moby.buildkit.frontend.caps="moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts,moby.buildkit.frontend.contexts.zstd,moby.buildkit.frontend.gitquerystring"
ENTRYPOINT ["/sinter-frontend"]
