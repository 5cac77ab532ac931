module visits

go 1.24

require wws.internal/worker v0.0.0

replace wws.internal/worker => ../../../runtime/kits/go
