-- What wrk sends beside small requests: the content of the file that BATCH names, to the path of the Open Inference Protocol.

wrk.method = "POST"
wrk.path = "/v2/models/iris/infer"
wrk.headers["Content-Type"] = "application/json"
wrk.body = assert(io.open(os.getenv("BATCH"), "rb")):read("*a")

function done(summary)
  local errors = summary.errors
  io.write(('{"requests": %d, "duration_us": %d, "errors": %d}\n'):format(summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
