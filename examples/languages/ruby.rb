def worker(request)
  visit = Cache.get("visits").to_i + 1
  Cache.set("visits", visit)
  greeting = File.read("/data/greeting.txt").strip
  news = fetch(ENV["NEWS"]).body
  Response.new("#{greeting} from Ruby, visit #{visit}. #{news}")
end
