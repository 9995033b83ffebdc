-- wrk -s requests.lua URL -- FILE START THREADS CHECK RATE: sends the requests of FILE in turn, over and over; each
-- of so many threads has a share of them for itself.
--
-- A line of FILE is "token<tab>path<tab>body", or, before it is used, "=<tab>name<tab>text": a text for which
-- <name> stands in bodies. <new number> and <new color> become nine digits and a color that stand in no other
-- request of this run, counted from START on; <same number> and <same color> are the last ones of this token,
-- at first a new number and a color that is always the same.
--
-- Each thread sends RATE a second; 0 is without a limit. If CHECK is 1, responses that do not say
-- "code": 200 count as errors, too, which costs wrk a little time for each.
-- Prints what was measured on one line.

local WIDTHS = { number = 9, color = 7 }
local FIRST_COLOR = "#0b63c4"
local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

-- Microseconds of a clock that never goes back.
local function make_clock()
  local ffi = require("ffi")
  ffi.cdef("struct moment { long s; long ns; }; int clock_gettime(int, struct moment *);")
  local moment = ffi.new("struct moment")
  return function()
    ffi.C.clock_gettime(1, moment)
    return tonumber(moment.s) * 1e6 + tonumber(moment.ns) / 1e3
  end
end

local function keep_pace(rate)
  local now = make_clock()
  local turn = now()
  function delay()
    local at = now()
    -- What was missed is made up for, but not more than a second of it.
    turn = math.max(turn + 1e6 / rate, at - 1e6)
    return math.max(0, math.floor((turn - at) / 1e3))
  end
end

local function check_responses()
  function response(_, _, body)
    if not body:find('"code": ?200') then
      wrong = wrong + 1
    end
  end
end

-- What a body is put together from: texts, and tables for what differs; and the length of all.
local function parse(body, texts)
  local parts, length, at = {}, 0, 1
  local function add(part, size)
    parts[#parts + 1] = part
    length = length + size
  end
  while true do
    local from, to, name = body:find("<([%w ]+)>", at)
    local text = body:sub(at, (from or 0) - 1)
    add(text, #text)
    if not from then
      return parts, length
    end
    local age, kind = name:match("^(%a+) (%a+)$")
    if WIDTHS[kind] and (age == "new" or age == "same") then
      add({ kind = kind, is_new = age == "new" }, WIDTHS[kind])
    else
      local known = assert(texts[name], "no text is named " .. name)
      add(known, #known)
    end
    at = to + 1
  end
end

-- Lines of the file that are requests, as tables of head, parts of the body, and what its token had last.
local function read(path)
  local requests, texts, last = {}, {}, {}
  for line in io.lines(path) do
    local token, where, body = line:match("^(.-)\t(.-)\t(.*)$")
    if token == "=" then
      texts[where] = body
    else
      local parts, length = parse(body, texts)
      local headers = {
        ["Authorization"] = "Bearer " .. token,
        ["Content-Type"] = "application/json",
        ["Host"] = wrk.headers["Host"],
      }
      -- A body of the same length, for its header.
      local whole = wrk.format("POST", where, headers, ("."):rep(length))
      last[token] = last[token] or { color = FIRST_COLOR }
      requests[#requests + 1] = { head = whole:sub(1, -length - 1), parts = parts, last = last[token] }
    end
  end
  return requests
end

local function share_of(requests, sharing)
  if #requests < sharing then
    return requests
  end
  local share = {}
  for at = math.floor(#requests * number / sharing) + 1, math.floor(#requests * (number + 1) / sharing) do
    share[#share + 1] = requests[at]
  end
  return share
end

function init(arguments)
  wrong = 0
  local file, start, sharing, check, rate = unpack(arguments)
  if tonumber(rate) > 0 then
    keep_pace(tonumber(rate))
  end
  if check == "1" then
    check_responses()
  end
  counter = tonumber(start) + number * 500000
  requests = share_of(read(file), tonumber(sharing))
  turn = 0
end

local make = {
  number = function(count)
    return string.format("%09d", count)
  end,
  -- An odd factor scatters the colors and gives none twice.
  color = function(count)
    return string.format("#%06x", count % 0x1000000 * 0x5bd1e9 % 0x1000000)
  end,
}

local function value(part, last)
  if part.is_new or not last[part.kind] then
    counter = counter + 1
    last[part.kind] = make[part.kind](counter)
  end
  return last[part.kind]
end

function request()
  turn = turn % #requests + 1
  local this = requests[turn]
  local written = { this.head }
  for place, part in ipairs(this.parts) do
    written[place + 1] = type(part) == "string" and part or value(part, this.last)
  end
  return table.concat(written)
end

function done(summary, latency, _)
  local errors = summary.errors
  -- A response with an error's status has no such code either, and counts once.
  local failed = 0
  for _, thread in ipairs(threads) do
    failed = failed + thread:get("wrong")
  end
  print(string.format(
    "MEASURED %d %d %d %.0f %.0f %.0f",
    summary.requests,
    summary.duration,
    errors.connect + errors.read + errors.write + errors.timeout + math.max(errors.status, failed),
    latency:percentile(45),
    latency:percentile(50),
    latency:percentile(99)
  ))
end
