# Answers with a file of its folder.
def worker(request):
    with open("/data/note.txt") as note:
        return Response(note.read())
