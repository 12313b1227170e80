"""The chain of ../models/chain.toml for SimPy: how many requests a second it simulates.

    python simpy_chain.py [REQUESTS [SEED]]

    source --> balancer --> 8 app servers, 4 workers each --> wait --> 80 % leave
                                                                   '-> database, 16 workers

A worker is given back before the request goes on, so that the exact mean time is known: 23.531787 ms (Jackson 1957).
"""

import json
import random
import sys
import time

import simpy

ARRIVALS_PER_S = 2560.0
BALANCER_S = 0.000_1
APP_SERVERS = 8
APP_WORKERS = 4
APP_MEAN_S = 0.010
WAIT_S = 0.000_5
DATABASE_SHARE = 0.2
DATABASE_WORKERS = 16
DATABASE_MEAN_S = 0.025


class Chain:
    """The stations, and the sum of the times that requests spent in the system."""

    def __init__(self, env, requests, seed):
        self.env = env
        self.requests = requests
        self.random = random.Random(seed)
        self.apps = [simpy.Resource(env, APP_WORKERS) for _ in range(APP_SERVERS)]
        self.database = simpy.Resource(env, DATABASE_WORKERS)
        self.completed = 0
        self.time_sum_s = 0.0

    def source(self):
        for _ in range(self.requests):
            yield self.env.timeout(self.random.expovariate(ARRIVALS_PER_S))
            self.env.process(self.request())

    def request(self):
        begin = self.env.now
        yield self.env.timeout(BALANCER_S)
        # One frame of a generator less than with a function for both stations: SimPy at its fastest.
        with self.apps[int(self.random.random() * APP_SERVERS)].request() as worker:
            yield worker
            yield self.env.timeout(self.random.expovariate(1 / APP_MEAN_S))
        yield self.env.timeout(WAIT_S)
        if self.random.random() < DATABASE_SHARE:
            with self.database.request() as worker:
                yield worker
                yield self.env.timeout(self.random.expovariate(1 / DATABASE_MEAN_S))
        self.completed += 1
        self.time_sum_s += self.env.now - begin


def main():
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    env = simpy.Environment()
    chain = Chain(env, requests, seed)
    env.process(chain.source())
    begin = time.perf_counter()
    env.run()
    wall = time.perf_counter() - begin
    mean = chain.time_sum_s / chain.completed
    print(json.dumps({"requests_per_s": round(chain.completed / wall), "mean_s": mean}))


if __name__ == "__main__":
    main()
