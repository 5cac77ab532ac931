# RubyGems takes longer to load than everything else, so it is loaded by whoever names it; the gems that come with
# Ruby are found without.
$LOAD_PATH.grep(%r{\A(.+/ruby)/(\d+\.\d+\.\d+)\z}) do
  $LOAD_PATH.concat(Dir.glob("#{$1}/gems/#{$2}/gems/*/lib"))
  break
end
autoload :Gem, "rubygems"

# It draws a random byte when it is loaded, to see whether it can, which would keep workers out of the image.
require "securerandom"

module Kernel
  # Ruby's own wants the directory of the file that calls to exist, and the worker's is nothing but a name.
  def require_relative(path)
    target = File.expand_path(path, File.dirname(caller_locations(1, 1).first.path))
    WWS.require_beside(target) { require(target) }
  end
  private :require_relative
end
