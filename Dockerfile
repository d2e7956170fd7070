# syntax=docker/dockerfile:1
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
# The caches outlive the build, so a changed line does not build 400 crates again.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --profile dist --bin waybill \
    && cp target/dist/waybill /usr/local/bin/waybill

# libc, libgcc and the certificate authorities: what the binary needs, and no shell.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /usr/local/bin/waybill /usr/local/bin/waybill
WORKDIR /etc/waybill
ENV WAYBILL_CONFIG=/etc/waybill/waybill.toml \
    WAYBILL_LOG=json
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["waybill", "health"]
ENTRYPOINT ["/usr/local/bin/waybill"]
CMD ["serve"]
