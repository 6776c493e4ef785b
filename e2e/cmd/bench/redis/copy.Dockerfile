# The redis image of examples/redis as it is made by hand: a list of files, found
# with ldd and corrected by running what came out, that holds for one release of
# Debian on one architecture. COPY follows links, so each library lands under the
# one name that the loader looks for.
FROM debian:bookworm-slim AS debian
RUN apt-get update && apt-get install -y --no-install-recommends redis-server

FROM scratch
COPY <<accounts /etc/passwd
root:x:0:0:root:/root:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin
accounts
COPY <<accounts /etc/group
root:x:0:
nonroot:x:65532:
accounts
COPY --from=debian /etc/nsswitch.conf /etc/
COPY --from=debian /tmp /tmp
COPY --from=debian /lib64/ld-linux-x86-64.so.2 /lib64/
COPY --from=debian \
	/usr/lib/x86_64-linux-gnu/libatomic.so.1 \
	/usr/lib/x86_64-linux-gnu/libc.so.6 \
	/usr/lib/x86_64-linux-gnu/libcap.so.2 \
	/usr/lib/x86_64-linux-gnu/libcrypto.so.3 \
	/usr/lib/x86_64-linux-gnu/libgcc_s.so.1 \
	/usr/lib/x86_64-linux-gnu/libgcrypt.so.20 \
	/usr/lib/x86_64-linux-gnu/libgpg-error.so.0 \
	/usr/lib/x86_64-linux-gnu/libjemalloc.so.2 \
	/usr/lib/x86_64-linux-gnu/liblz4.so.1 \
	/usr/lib/x86_64-linux-gnu/liblzf.so.1 \
	/usr/lib/x86_64-linux-gnu/liblzma.so.5 \
	/usr/lib/x86_64-linux-gnu/libm.so.6 \
	/usr/lib/x86_64-linux-gnu/libssl.so.3 \
	/usr/lib/x86_64-linux-gnu/libstdc++.so.6 \
	/usr/lib/x86_64-linux-gnu/libsystemd.so.0 \
	/usr/lib/x86_64-linux-gnu/libzstd.so.1 \
	/usr/lib/x86_64-linux-gnu/
COPY --from=debian /usr/bin/redis-server /usr/bin/
COPY --from=debian --chown=65532:65532 /var/lib/redis /var/lib/redis
COPY redis.conf /etc/redis/
USER 65532:65532
WORKDIR /var/lib/redis
VOLUME /var/lib/redis
EXPOSE 6379
ENTRYPOINT ["/usr/bin/redis-server"]
CMD ["/etc/redis/redis.conf"]
