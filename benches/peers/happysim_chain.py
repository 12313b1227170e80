"""The chain of ../models/chain.toml for happysim: how many requests a second it simulates.

    python happysim_chain.py [REQUESTS [SEED]]

    source --> balancer --> 8 app servers, 4 workers each --> wait --> 80 % leave
                                                                   '-> database, 16 workers

A worker is given back before the request goes on, so that the exact mean time is known: 23.531787 ms (Jackson 1957).
"""

import json
import random
import sys
import time

import numpy
from happysimulator import Entity, Instant, Server, Simulation, Sink, Source
from happysimulator.components.random_router import RandomRouter
from happysimulator.distributions import ExponentialLatency

ARRIVALS_PER_S = 2560.0
BALANCER_S = 0.000_1
APP_SERVERS = 8
APP_WORKERS = 4
APP_MEAN_S = 0.010
WAIT_S = 0.000_5
DATABASE_SHARE = 0.2
DATABASE_WORKERS = 16
DATABASE_MEAN_S = 0.025
# The source ticks on after its last request, so that the run needs an end: long after the last one has left.
DRAIN_S = 1.0


class Delay(Entity):
    """Holds a request for a constant time, and sends it on: a share of them to `other`, the rest to `usual`."""

    def __init__(self, name, delay_s, usual, other, other_share):
        super().__init__(name)
        self.delay_s = delay_s
        self.usual = usual
        self.other = other
        self.other_share = other_share

    def handle_event(self, event):
        yield self.delay_s
        goes_on_to = self.other if random.random() < self.other_share else self.usual
        return [self.forward(event, goes_on_to)]


def main():
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    random.seed(seed)
    numpy.random.seed(seed)

    def station(name, workers, mean_s, downstream):
        service = ExponentialLatency(mean_s)
        return Server(name, concurrency=workers, service_time=service, downstream=downstream)

    sink = Sink()
    database = station("database", DATABASE_WORKERS, DATABASE_MEAN_S, sink)
    wait = Delay("wait", WAIT_S, sink, database, DATABASE_SHARE)
    apps = [station(f"app{index}", APP_WORKERS, APP_MEAN_S, wait) for index in range(APP_SERVERS)]
    router = RandomRouter("router", targets=apps)
    balancer = Delay("balancer", BALANCER_S, router, router, 0.0)
    last_arrival_s = requests / ARRIVALS_PER_S
    source = Source.poisson(rate=ARRIVALS_PER_S, target=balancer, stop_after=last_arrival_s)
    simulation = Simulation(
        sources=[source],
        entities=[balancer, router, *apps, wait, database, sink],
        end_time=Instant.from_seconds(last_arrival_s + DRAIN_S),
    )
    begin = time.perf_counter()
    simulation.run()
    wall = time.perf_counter() - begin
    print(json.dumps({"requests_per_s": round(sink.events_received / wall), "mean_s": sink.average_latency()}))


if __name__ == "__main__":
    main()
