# The K/V namespace of the worker: a copy comes with the request and goes back with the answer.
module Cache
  class << self
    def get(key) = WWS.store[key.to_s]

    def set(key, value)
      WWS.change_store[key.to_s] = value.to_s
    end

    # Returns what was there, if anything was.
    def delete(key)
      WWS.change_store.delete(key.to_s) if WWS.store.key?(key.to_s)
    end

    # In order.
    def keys = WWS.store.keys.sort
  end
end
