# What a Ruby worker of wws finds, for interpreters that are started anew for every request (wws, section 4).
require "json"

class Request
  attr_reader :url, :body, :method, :headers, :params

  def initialize(url, body, method, headers, params)
    @url = url
    @body = body
    @method = method
    @headers = headers
    @params = params
  end
end

# The body goes out as text where it is UTF-8, and as bytes in any other encoding.
class Response
  attr_accessor :body, :status_code, :headers

  def initialize(body = "", status_code = 200, headers = {})
    @body = body
    @status_code = status_code
    @headers = headers
  end

  def self.ok(body = "", headers = {}) = new(body, 200, headers)
  def self.created(body = "", headers = {}) = new(body, 201, headers)
  def self.not_found(body = "", headers = {}) = new(body, 404, headers)

  def to_s
    data = body.to_s
    is_text = data.encoding == Encoding::UTF_8
    JSON.generate(
      data: is_text ? data : [data].pack("m0"),
      headers: headers,
      status: status_code,
      kv: Cache.entries,
      base64: !is_text,
    )
  end
end

# The worker's K/V namespace: a copy, which is stored as a whole with the answer.
module Cache
  @entries = {}

  class << self
    attr_reader :entries

    def get(key) = @entries[key.to_s]

    def set(key, value)
      @entries[key.to_s] = value.to_s
    end
  end
end

# What a worker prints is for the log: stdout is the answer's.
module Wws
  ANSWER = $stdout
  $stdout = $stderr

  def self.answer
    envelope = JSON.parse($stdin.read)
    Cache.entries.update(envelope["kv"])
    body = envelope["base64"] ? envelope["body"].unpack1("m0") : envelope["body"]
    request = Request.new(envelope["url"], body, *envelope.values_at("method", "headers", "params"))
    ANSWER.write((yield request).to_s)
  end
end
