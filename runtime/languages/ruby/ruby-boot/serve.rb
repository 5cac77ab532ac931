# Loads the worker, and has it answer one request.
module WWS
  class << self
    # The request's copy of the namespace. Outside a request there is none.
    def store
      @store || outside_request
    end

    def change_store
      @changed = true
      store
    end

    # The whole namespace as it is to be; nil when the worker left it alone.
    def changed_store = @changed ? @store : nil

    # `setup` says what the worker is, and where the host is.
    def prepare(setup)
      @name, @file = setup.values_at("name", "file")
      @source = setup["source"].unpack1("m").force_encoding(Encoding::UTF_8)
      @channel_path, @beside, @folders = setup.values_at("channel", "beside", "folders")
      @directory = @name.delete_suffix(File.basename(@name))
      setup["vars"].each { |name, value| ENV[name] = value }
      $LOAD_PATH.unshift(*ENV["RUBYLIB"].split(":")) if ENV.key?("RUBYLIB")
      # What a worker prints is for the log: stdout is the answer's.
      @answer = $stdout
      $stdout = $stderr
    end

    def load_worker
      RubyVM::InstructionSequence.compile(@source, @file, @file, 1).eval
      unless Object.private_method_defined?(:worker) || Object.method_defined?(:worker)
        raise NameError, "It does not define the method \"worker\""
      end
    end

    # Leaves no garbage and nothing half done in the image of a Ruby without a worker. It takes long.
    def settle
      GC.start
      Process.warmup if Process.respond_to?(:warmup)
    end

    # The same for what a worker has added.
    def settle_worker
      GC.start(full_mark: false)
    end

    # As the image of the worker is made: a failure is told on stdout.
    def load_once
      load_worker
    rescue Exception => e # rubocop:disable Lint/RescueException
      @answer.write(described(e))
      @answer.flush
      Process.exit!(1)
    end

    def answer
      respond { nil }
    end

    # For a worker whose top-level code has to see each request.
    def load_and_answer
      respond { load_worker }
    end

    private

    def respond
      request = read_request
      yield
      @answer.write(checked(TOPLEVEL_BINDING.receiver.send(:worker, request)))
      @answer.flush
    rescue SystemExit => e
      Process.exit!(e.status)
    rescue Exception => e # rubocop:disable Lint/RescueException
      $stderr.write(described(e))
      Process.exit!(1)
    end

    def read_request
      envelope = JSON.parse($stdin.read)
      @store = envelope["kv"]
      body = envelope["body"]
      body = body.unpack1("m") if envelope["base64"]
      Request.new(envelope["url"], body, envelope["method"], envelope["headers"], envelope["params"])
    end

    # A string is taken for the text of an answer, as wws printed whatever came.
    def checked(result)
      return result.to_s if result.is_a?(Response) || result.is_a?(String)

      raise TypeError, "worker returned #{result.inspect[0, 80]}, expected a Response"
    end

    # The worker's files go by their own names.
    def described(error)
      without_own_frames(error)
      text = error.backtrace.empty? ? "#{error.message.chomp} (#{error.class})" : error.full_message(highlight: false, order: :top)
      "#{text.gsub(%r{(?<![\w/.])/src/}, @directory).gsub("<compiled>", "<main>").chomp}\n"
    rescue StandardError
      "#{error.class}\n"
    end

    # The frames of this code are of no use to anybody.
    def without_own_frames(error)
      error.set_backtrace((error.backtrace || []).grep_v(%r{\A(?:wws/|eval:|-e:)}))
      without_own_frames(error.cause) unless error.cause.nil?
    end

    def outside_request
      # Ends an attempt to make an image of this.
      channel.sysread(1)
      {}
    end
  end
end
