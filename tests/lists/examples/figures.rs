//! An example that has every figure of a list.

/// A scenario that has every figure of clients, stations, edges and links.
pub(crate) const FIGURES: &str = r#"
[scenario]
duration = "10 s"
[network]
places     = ["home", "away"]
round_trip = { within = "0.5 ms", "home <-> away" = "10 ms" }
[client.c]
arrivals = { poisson = "100 /s" }
request  = "s.go"
[server.s]
place    = "away"
workers  = 8
cores    = 1
patience = "1 s"
drop     = "expired"
memory   = { limit = "1 GB", per_request = "1 MB" }
heap     = { size = "1 GB", per_request = "1 MB", pause = "10 ms" }
breakdown = { mttf = "1 h", mttr = "1 s" }
[server.s.on]
go = [ { work = { exponential = "5 ms" } }, { mark = "there", late_after = "1 s" } ]
[call."c -> s"]
timeout = "1 s"
retry   = { attempts = 2, budget = "10 %" }
hedge   = { after = "100 ms" }
breaker = { failures = 5 }
limit   = "gradient"
pool    = { size = 8 }
batch   = { count = 2, linger = "1 ms" }
[cdn.d]
capacity = "1 GB"
price    = { instance = "$1/h", request = "$1/M", egress = "$0.05/GB", storage = "$0.02/GB/month", stored = "1 TB" }
[fault.roll]
at     = "2 s"
deploy = "s"
"#;
