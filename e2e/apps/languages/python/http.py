# Passes on what another server answers.
import os


def worker(request):
    return Response(fetch(os.environ["UPSTREAM"]).text())
