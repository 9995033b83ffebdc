-- wrk -s requests.lua URL -- FILE START [RATE]: sends the requests of FILE in turn, over and over.
-- A line is "token<tab>path<tab>body". Seven @ in a body become seven digits that stand in no other
-- request of this run; START is the first of them. With RATE each thread sends so many a second, and
-- answers that do not say "code": 200 count as errors, too. Prints what was measured on one line.

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
  function response(_, _, body)
    if not body:find('"code": ?200') then
      wrong = wrong + 1
    end
  end
end

function init(arguments)
  wrong = 0
  if arguments[3] then
    keep_pace(tonumber(arguments[3]))
  end
  counter = tonumber(arguments[2]) + number * 50000
  requests = {}
  for line in io.lines(arguments[1]) do
    local token, path, body = line:match("^(.-)\t(.-)\t(.*)$")
    local headers = {
      ["Authorization"] = "Bearer " .. token,
      ["Content-Type"] = "application/json",
      ["Host"] = wrk.headers["Host"],
    }
    local whole = wrk.format("POST", path, headers, body)
    local place = whole:find("@@@@@@@", 1, true)
    if place then
      requests[#requests + 1] = { whole:sub(1, place - 1), whole:sub(place + 7) }
    else
      requests[#requests + 1] = whole
    end
  end
  turn = math.floor(#requests / 2) * number
end

function request()
  turn = turn % #requests + 1
  local this = requests[turn]
  if type(this) == "string" then
    return this
  end
  counter = counter + 1
  return this[1] .. string.format("%07d", counter) .. this[2]
end

function done(summary, latency, _)
  local errors = summary.errors
  -- An answer with an error's status has no such code either, and counts once.
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
