# Answers with the parameter of its route.
def worker(request) = Response.new(request.params["id"])
