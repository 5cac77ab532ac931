# Answers with a variable of its configuration.
def worker(request) = Response.new(ENV.fetch("GREETING"))
