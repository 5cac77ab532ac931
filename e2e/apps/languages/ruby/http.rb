# Passes on what another server answers.
def worker(request) = Response.new(fetch(ENV.fetch("UPSTREAM")).body)
