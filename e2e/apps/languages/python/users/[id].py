# Answers with the parameter of its route.
def worker(request):
    return Response(request.params["id"])
