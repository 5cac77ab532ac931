FROM scratch
COPY ./ .
ENTRYPOINT ["."]
