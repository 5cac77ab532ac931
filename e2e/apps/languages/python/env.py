# Answers with a variable of its configuration.
import os


def worker(request):
    return Response(os.environ["GREETING"])
