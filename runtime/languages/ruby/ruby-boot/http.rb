# Outbound requests: the host sends them, by the worker's [features.http_requests].

# A request that was refused or failed. `code` says why: "not-allowed", "timeout", ...
class FetchError < StandardError
  attr_reader :code

  def initialize(code, message)
    super(message)
    @code = code
  end
end

module Kernel
  # Sends a request and returns its Response. A header of several values is an array of them.
  def fetch(url, method: "GET", headers: {}, body: nil)
    pairs = headers.flat_map { |name, value| Array(value).map { |one| [name.to_s, one.to_s] } }
    reply = WWS.send_request(
      { url: url.to_s, method: method.to_s.upcase, headers: pairs, redirect: "follow", decode: true },
      body&.to_s,
    )
    Response.new(WWS.text_or_bytes(reply[:body]), reply[:status], WWS.gather(reply[:headers]))
  end
  private :fetch
end

module WWS
  class << self
    # One message each way: its length, a line of JSON, the bytes of the body.
    def send_request(head, body)
      message = "#{JSON.generate({ **head, body: !body.nil? })}\n".b
      message << body.b unless body.nil?
      channel.syswrite([message.bytesize].pack("V") << message)
      read_reply
    end

    def text_or_bytes(bytes)
      text = bytes.dup.force_encoding(Encoding::UTF_8)
      text.valid_encoding? ? text : bytes
    end

    def gather(pairs)
      pairs.each_with_object({}) do |(name, value), headers|
        headers[name] = headers.key?(name) ? [*headers[name], value] : value
      end
    end

    private

    # Opened by the first who needs it: only requests have it.
    def channel
      @channel ||= File.open(@channel_path, "r+b")
    end

    def read_reply
      message = read_bytes(read_bytes(4).unpack1("V"))
      line, body = message.split("\n", 2)
      head = JSON.parse(line.force_encoding(Encoding::UTF_8), symbolize_names: true)
      raise FetchError.new(head[:code], head[:message]) unless head[:ok]

      { **head, body: body }
    end

    def read_bytes(count)
      bytes = String.new(capacity: count, encoding: Encoding::BINARY)
      bytes << channel.sysread(count - bytes.bytesize) while bytes.bytesize < count
      bytes
    end
  end
end
