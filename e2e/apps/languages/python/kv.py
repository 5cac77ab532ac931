# Counts its visits in the K/V namespace.
def worker(request):
    Cache.set("count", int(Cache.get("count") or 0) + 1)
    return Response(Cache.get("count"))
