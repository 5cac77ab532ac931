def worker(req)
  Response.new("hello, #{req.url.length}\n", 200, { "content-type" => "text/plain" })
end
