# Counts its visits in the K/V namespace.
def worker(request)
  Cache.set("count", Cache.get("count").to_i + 1)
  Response.new(Cache.get("count"))
end
