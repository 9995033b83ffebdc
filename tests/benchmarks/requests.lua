-- wrk -s requests.lua URL -- FILE START: sends the requests of FILE in turn, over and over.
-- A line is "token<tab>path<tab>body". Seven @ in a body become seven digits that stand in no other
-- request of this run; START is the first of them. Prints what was measured on one line.

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(arguments)
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
  print(string.format(
    "MEASURED %d %d %d %.0f %.0f %.0f",
    summary.requests,
    summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(45),
    latency:percentile(50),
    latency:percentile(99)
  ))
end
