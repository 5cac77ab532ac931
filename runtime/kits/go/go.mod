// Never fetched: programs name a checkout with `replace`.
module wws.internal/worker

go 1.24
