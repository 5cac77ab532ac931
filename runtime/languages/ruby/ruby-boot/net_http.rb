# Net::HTTP over the host: what it writes to its socket is sent as one request, and what it reads is the answer.

# There are no sockets; libraries only name them.
class SocketError < StandardError; end unless defined?(SocketError)
class BasicSocket < IO; end
class Socket < BasicSocket; end

class IPSocket < BasicSocket
  def self.getaddress(host)
    raise SocketError, "There are no sockets here: cannot look up #{host}"
  end
end

class TCPSocket < IPSocket
  def self.open(host, *)
    raise SocketError, "There are no sockets here: cannot connect to #{host} (use fetch or Net::HTTP)"
  end

  def self.new(...) = open(...)
end
$LOADED_FEATURES.push("socket.rb", "io/wait.rb")

# This library takes long to load and is not often wanted, and some builds lack it. Its part about connections does not
# load without sockets: what people set there is only named, and the host sees to it.
module OpenSSL
  module SSL
    VERIFY_NONE = 0
    VERIFY_PEER = 1
    class SSLError < StandardError; end
  end

  def self.const_missing(name)
    require("openssl") ? const_get(name) : super
  end
end
$LOADED_FEATURES.concat(Dir.glob($LOAD_PATH.map { |folder| "#{folder}/openssl/ssl.rb" }))

require "net/protocol"

module WWS
  # In the place of a socket.
  class Transport
    def initialize(base)
      @base = base
      @written = String.new(encoding: Encoding::BINARY)
      @reply = nil
    end

    def write_nonblock(*texts, **) = texts.sum { |text| @written << text.b; text.bytesize }

    def read_nonblock(count, buffer = +"", **)
      @reply ||= exchange
      chunk = @reply.slice!(0, count)
      return nil if chunk.nil? || chunk.empty?

      buffer.replace(chunk)
    end

    def to_io = self
    def wait_readable(*) = nil
    def wait_writable(*) = self
    def closed? = @closed == true
    def close = @closed = true

    private

    OWN_HEADERS = %w[host connection content-length transfer-encoding].freeze

    def exchange
      head, body = @written.split("\r\n\r\n", 2)
      line, *lines = head.split("\r\n")
      method, path = line.split(" ")
      pairs = lines.map { |text| text.force_encoding(Encoding::UTF_8).split(/: ?/, 2) }
      sent = content(pairs, body)
      pairs.reject! { |name, _| OWN_HEADERS.include?(name.downcase) }
      @written.clear
      reply = WWS.send_request(
        { url: @base + path, method: method, headers: pairs, redirect: "manual", decode: false },
        sent,
      )
      text_of(reply, method)
    end

    def content(pairs, body)
      fields = pairs.to_h { |name, value| [name.downcase, value] }
      return unchunked(body) if fields["transfer-encoding"] == "chunked"

      body if fields.key?("content-length")
    end

    def unchunked(body)
      whole = String.new(encoding: Encoding::BINARY)
      until (size = body.slice!(/\A\h+\r\n/n).hex).zero?
        whole << body.slice!(0, size)
        body.slice!(0, 2)
      end
      whole
    end

    def text_of(reply, method)
      lines = reply[:headers].reject { |name, _| framing?(name, method) }.map { |pair| pair.join(": ") }
      lines << "content-length: #{reply[:body].bytesize}" unless method == "HEAD"
      head = ["HTTP/1.1 #{reply[:status]} #{reply[:statusText]}", *lines].join("\r\n")
      "#{head}\r\n\r\n".b << reply[:body]
    end

    def framing?(name, method)
      %w[connection transfer-encoding].include?(name) || (name == "content-length" && method != "HEAD")
    end
  end

  module HostConnection
    # Which way a request takes is the host's business.
    def proxy? = false
    def proxy_from_env? = false
    def proxy_uri = nil

    private

    def connect
      base = "#{use_ssl? ? "https" : "http"}://#{address.include?(":") ? "[#{address}]" : address}:#{port}"
      @socket = Net::BufferedIO.new(Transport.new(base), read_timeout: @read_timeout, debug_output: @debug_output)
      on_connect
    end
  end
end

# Net::HTTP takes longer to load than the rest of this together: it is changed when somebody requires it.
class Net::Protocol
  def self.inherited(subclass)
    super
    subclass.prepend(WWS::HostConnection) if caller_locations(1, 1).first.path.end_with?("/net/http.rb")
  end
end
