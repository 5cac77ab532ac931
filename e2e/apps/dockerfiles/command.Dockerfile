FROM scratch
COPY command.wasm /
ENTRYPOINT ["/command.wasm"]
