# The redis image of examples/redis on Debian: the whole distribution ships.
FROM debian:bookworm-slim AS debian
RUN apt-get update && apt-get install -y --no-install-recommends redis-server

FROM debian
RUN chown -R 65532:65532 /etc/redis /var/lib/redis
COPY redis.conf /etc/redis/
USER 65532:65532
WORKDIR /var/lib/redis
VOLUME /var/lib/redis
EXPOSE 6379
ENTRYPOINT ["/usr/bin/redis-server"]
CMD ["/etc/redis/redis.conf"]
