# The names a worker of wws knows: Request and Response with the fields of the envelope.
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

# What a worker answers. The body goes out as text where it is UTF-8, and as bytes in any other encoding.
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

  def ok? = status_code.between?(200, 299)
  def json = JSON.parse(body)

  # The answer as the server reads it.
  def to_s
    data = body.to_s
    is_text = data.encoding == Encoding::UTF_8 && data.valid_encoding?
    answer = {
      data: is_text ? data : [data].pack("m0"),
      base64: !is_text,
      status: Integer(status_code),
      headers: headers.to_h { |name, value| [name.to_s, value.is_a?(Array) ? value.map(&:to_s) : value.to_s] },
    }
    kv = WWS.changed_store
    answer[:kv] = kv unless kv.nil?
    JSON.generate(answer)
  end
end
