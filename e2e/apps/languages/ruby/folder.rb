# Answers with a file of its folder.
def worker(request) = Response.new(File.read("/data/note.txt"))
