-- What wrk sends: the request bodies in a file, one a line, over and over.
-- Arguments after "--": FILE FIRST-NUMBER LIMIT WHAT-TO-READ
--   FIRST-NUMBER  replaces the counter in a body that has one, and grows by one a request
--   LIMIT         send exactly so many requests and stop; 0 goes on until wrk's time is up
--   WHAT-TO-READ  nothing, events (counts a stream's events) or usage (adds up token counts)
-- Runs with one thread (-t1). Prints one line of JSON at the end, marked by @@.

local ffi = require("ffi")
ffi.cdef("int getpid(void); int kill(int pid, int signal);")
local SIGINT = 2

local COUNTER = "@@COUNTER@@@"
local heads, tails = {}, {}
local at, number, limit, begun = 0, 0, 0, 0
answered, events, prompt_tokens, completion_tokens, refused = 0, 0, 0, 0, 0

local threads = {}
function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  local headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer sk-bench" }
  for line in io.lines(args[1]) do
    local whole = wrk.format("POST", "/v1/chat/completions", headers, line)
    local from, to = whole:find(COUNTER, 1, true)
    heads[#heads + 1] = from and whole:sub(1, from - 1) or whole
    tails[#tails + 1] = from and whole:sub(to + 1) or false
  end
  number, limit = tonumber(args[2]), tonumber(args[3])
  if limit > 0 then delay = hold_back end
  if args[4] == "events" then response = count_events
  elseif args[4] == "usage" or limit > 0 then response = add_usage end
end

function request()
  at = at % #heads + 1
  if not tails[at] then return heads[at] end
  number = number + 1
  return heads[at] .. string.format("%012d", number) .. tails[at]
end

-- Asked before each request: past the limit a connection waits, so that exactly so many are sent.
function hold_back()
  begun = begun + 1
  return begun > limit and 86400000 or 0
end

function count_events(status, headers, body)
  if status ~= 200 then refused = refused + 1 end
  local from = 1
  while true do
    from = body:find("data:", from, true)
    if not from then break end
    events = events + 1
    from = from + 5
  end
  finish_one()
end

function add_usage(status, headers, body)
  if status ~= 200 then
    refused = refused + 1
  else
    prompt_tokens = prompt_tokens + tonumber(body:match('"prompt_tokens":%s*(%d+)'))
    completion_tokens = completion_tokens + tonumber(body:match('"completion_tokens":%s*(%d+)'))
  end
  finish_one()
end

function finish_one()
  answered = answered + 1
  -- Ends wrk as Ctrl-C does: its main thread sleeps until the time is up, whatever a thread does.
  if answered == limit then ffi.C.kill(ffi.C.getpid(), SIGINT) end
end

function done(summary, latency, requests)
  local thread, e = threads[1], summary.errors
  local line = '@@{"requests":%d,"bytes":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,' ..
    '"max_us":%d,"bad_status":%d,"broken":%d,"events":%d,"prompt_tokens":%d,' ..
    '"completion_tokens":%d,"answered":%d}'
  print(line:format(summary.requests, summary.bytes, summary.duration,
    latency:percentile(50), latency:percentile(99), latency.max,
    math.max(e.status, thread:get("refused")), e.connect + e.read + e.write + e.timeout,
    thread:get("events"), thread:get("prompt_tokens"), thread:get("completion_tokens"),
    thread:get("answered")))
end
