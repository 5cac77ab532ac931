# Does what its query says, and tells how it finds its state, for the tests of isolation and limits.
require "json"
require "securerandom"

$count = 1
$kept = []

def found
  files = File.open("/data/note.txt", &:fileno)
  tmp = File.exist?("/tmp/left")
  { globals: $count, builtins: "x".upcase, environment: ENV.fetch("MODE"), files:, tmp: }
end

def taint
  $count = 9
  String.class_eval { def upcase = "spoilt" }
  ENV["MODE"] = "spoilt"
  $kept << File.open("/data/note.txt")
  begin
    File.write("/tmp/left", "here")
  rescue SystemCallError
    nil
  end
end

def endless
  loop {}
rescue Exception
  retry
end

def recurse = recurse + 1

def allocate
  loop { $kept << "x" * (1 << 20) }
end

def flood
  loop { STDOUT.write("x" * (1 << 16)) }
end

def random = [rand, SecureRandom.hex(8), SecureRandom.uuid, Random.new_seed]

def worker(request)
  case request.url.split("?").last
  when "taint" then taint
  when "loop" then endless
  when "recurse" then recurse
  when "allocate" then allocate
  when "flood" then flood
  when "never" then sleep
  when "random" then return Response.new(random.map(&:to_s).to_json)
  end
  Response.new(found.to_json)
end
