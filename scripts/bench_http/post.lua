-- What wrk sends, the notebook's own request, and what it says in the end: one line of JSON.

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{  "sepal length (cm)": 1,  "sepal width (cm)": 1,  "petal length (cm)": 1,  "petal width (cm)":1}'

function done(summary, latency, requests)
  local errors = summary.errors
  local line = '{"requests": %d, "duration_us": %d, "p50_us": %d, "p99_us": %d, '
    .. '"errors": {"connect": %d, "read": %d, "write": %d, "status": %d, "timeout": %d}}\n'
  io.write(line:format(summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end
