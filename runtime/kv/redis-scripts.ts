/**
 * What the store asks of Redis, as scripts, since Redis takes each as a whole. KEYS: the hash with the entries, the
 * number of bytes they take, the turn. A script that refuses answers an error that begins with a word of ours:
 * KVLIMIT with what it found, KVVALUE, or KVLOST.
 */

/** The bytes are counted along; whoever changed the hash by hand is found out before a refusal. */
const USAGE = `
local function count()
  local bytes = 0
  for _, text in ipairs(redis.call('HGETALL', KEYS[1])) do bytes = bytes + #text end
  redis.call('SET', KEYS[2], bytes)
  return bytes
end
local function check(keys, bytes)
  if keys > tonumber(ARGV[1]) then return redis.error_reply('KVLIMIT keys ' .. keys) end
  if bytes > tonumber(ARGV[2]) then return redis.error_reply('KVLIMIT bytes ' .. string.format('%.0f', bytes)) end
end
`;

const READ = `
local keys = redis.call('HLEN', KEYS[1])
if keys > tonumber(ARGV[1]) then return redis.error_reply('KVLIMIT keys ' .. keys) end
local all = redis.call('HGETALL', KEYS[1])
local bytes = 0
for _, text in ipairs(all) do bytes = bytes + #text end
if bytes > tonumber(ARGV[2]) then return redis.error_reply('KVLIMIT bytes ' .. string.format('%.0f', bytes)) end
return all
`;

/**
 * ARGV: most keys, most bytes, the turn's token or '', 1 to replace all, how many names, those, then pairs. The names
 * are of what to remove or, where all is replaced, of what to keep.
 */
const WRITE = `
${USAGE}
if ARGV[3] ~= '' and redis.call('GET', KEYS[3]) ~= ARGV[3] then return redis.error_reply('KVLOST turn') end
local first = 6 + tonumber(ARGV[5])
local before = redis.call('HLEN', KEYS[1])
local all = ARGV[4] == '1'
local function plan(held)
  local keys, bytes, sign = 0, 0, 1
  if not all then keys, bytes, sign = before, held, -1 end
  for i = 6, first - 1 do
    if redis.call('HEXISTS', KEYS[1], ARGV[i]) == 1 then
      keys, bytes = keys + sign, bytes + sign * (#ARGV[i] + redis.call('HSTRLEN', KEYS[1], ARGV[i]))
    end
  end
  for i = first, #ARGV, 2 do
    if all or redis.call('HEXISTS', KEYS[1], ARGV[i]) == 0 then
      keys, bytes = keys + 1, bytes + #ARGV[i] + #ARGV[i + 1]
    else
      bytes = bytes + #ARGV[i + 1] - redis.call('HSTRLEN', KEYS[1], ARGV[i])
    end
  end
  return keys, bytes
end
local held = tonumber(redis.call('GET', KEYS[2]) or count())
local keys, bytes = plan(held)
if keys > before or bytes > held then
  local refusal = check(keys, bytes)
  if refusal then
    held = count()
    keys, bytes = plan(held)
    refusal = (keys > before or bytes > held) and check(keys, bytes)
    if refusal then return refusal end
  end
end
if all then
  local kept = {}
  for i = 6, first - 1 do kept[ARGV[i]] = redis.call('HGET', KEYS[1], ARGV[i]) end
  redis.call('DEL', KEYS[1])
  for name, value in pairs(kept) do
    if value then redis.call('HSET', KEYS[1], name, value) end
  end
else
  for i = 6, first - 1 do redis.call('HDEL', KEYS[1], ARGV[i]) end
end
for i = first, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('SET', KEYS[2], bytes)
if ARGV[3] ~= '' then redis.call('DEL', KEYS[3]) end
return 1
`;

/** ARGV: most keys, most bytes, which operation, its key, its own two. */
const OPERATE = `
${USAGE}
local kind, key = ARGV[3], ARGV[4]
local old = redis.call('HGET', KEYS[1], key)
local held = tonumber(redis.call('GET', KEYS[2]) or count())
local function remove()
  redis.call('HDEL', KEYS[1], key)
  redis.call('SET', KEYS[2], held - #key - #old)
end
local function put(value)
  local keys = redis.call('HLEN', KEYS[1])
  local grown = #value
  if old then grown = grown - #old else keys, grown = keys + 1, grown + #key end
  local refusal = grown > 0 and check(keys, held + grown)
  if refusal then
    held = count()
    refusal = check(keys, held + grown)
    if refusal then return refusal end
  end
  redis.call('HSET', KEYS[1], key, value)
  redis.call('SET', KEYS[2], held + grown)
end
if kind == 'put' then
  return put(ARGV[5]) or 1
elseif kind == 'delete' then
  if not old then return 0 end
  remove()
  return 1
elseif kind == 'increment' then
  local number = 0
  if old then
    if not (string.match(old, '^%-?%d+$') and #old <= 17) then return redis.error_reply('KVVALUE kind') end
    number = tonumber(old)
  end
  local most = 9007199254740991
  if math.abs(number) > most then return redis.error_reply('KVVALUE kind') end
  local sum = number + tonumber(ARGV[5])
  if math.abs(sum) > most then return redis.error_reply('KVVALUE sum') end
  local text = string.format('%.0f', sum)
  if text == '-0' then text = '0' end
  return put(text) or text
else
  local expected = string.sub(ARGV[5], 1, 1) == '=' and string.sub(ARGV[5], 2)
  if old ~= expected then return 0 end
  if string.sub(ARGV[6], 1, 1) == '=' then return put(string.sub(ARGV[6], 2)) or 1 end
  if old then remove() end
  return 1
end
`;

const TAKE = `
return redis.call('SET', KEYS[3], ARGV[1], 'NX', 'PX', ARGV[2])
`;

const RENEW = `
if redis.call('GET', KEYS[3]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[3], ARGV[2]) end
return 0
`;

const RELEASE = `
if redis.call('GET', KEYS[3]) == ARGV[1] then return redis.call('DEL', KEYS[3]) end
return 0
`;

export type ScriptName = 'read' | 'write' | 'operate' | 'take' | 'renew' | 'release';

export const SCRIPTS: Readonly<Record<ScriptName, string>> = {
  read: READ,
  write: WRITE,
  operate: OPERATE,
  take: TAKE,
  renew: RENEW,
  release: RELEASE,
};
