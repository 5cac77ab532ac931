def worker(request):
    return Response(f"hello, {len(request.url)}\n", headers={"content-type": "text/plain"})
