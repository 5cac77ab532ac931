# Ruby files in the worker's own directory and below, which the host reads: they are no folder of the worker's.
module WWS
  class << self
    # Yields where there is none.
    def require_beside(target)
      return yield if !target.start_with?("/src/") || @folders.any? { |folder| target.start_with?("#{folder}/") }

      file = target.end_with?(".rb") ? target : "#{target}.rb"
      return false if $LOADED_FEATURES.include?(file)

      source = read_beside(file.delete_prefix("/src/"))
      source.nil? ? yield : evaluate_feature(file, source)
    end

    private

    def read_beside(path)
      File.read(@beside + path, encoding: Encoding::UTF_8)
    rescue Errno::ENOENT
      nil
    end

    def evaluate_feature(file, source)
      $LOADED_FEATURES << file
      RubyVM::InstructionSequence.compile(source, file, file, 1).eval
      true
    rescue Exception # rubocop:disable Lint/RescueException
      $LOADED_FEATURES.delete(file)
      raise
    end
  end
end
