#!/usr/bin/env python3
"""Where the exact miss counts of tests/eviction.rs come from.

Each policy is written here once more, as its paper tells it, with plain lists and no thought of speed, and replays the traces of
the test. `oracle.py --libcachesim` also replays them with libCacheSim (`pip install libcachesim`; 0.3.5 was used) and prints
where it differs: LRU, FIFO, LFU, CLOCK and SIEVE never do; 2Q and ARC do in caches for a few objects and where objects have sizes, of
which it stores none that is larger than a segment; S3-FIFO does because of how it fills an empty cache, which is an option here.
Its SLRU has four equal segments; what it draws at random, and the sketch of its W-TinyLFU, are not comparable.
"""

import sys
from bisect import bisect_left
from collections import Counter, OrderedDict

MASK = (1 << 64) - 1


def mix13(key):
    key = ((key ^ (key >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    key = ((key ^ (key >> 27)) * 0x94D049BB133111EB) & MASK
    return key ^ (key >> 31)


class Draws:
    """SplitMix64."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        return mix13(self.state)


def zipf(objects, requests, seed):
    """Keys by Zipf's law with exponent 1, by inversion."""
    draws, total, cumulative = Draws(seed), 0.0, []
    for rank in range(1, objects + 1):
        total += 1.0 / rank
        cumulative.append(total)
    return [bisect_left(cumulative, ((draws.next() >> 11) + 0.5) / 2.0**53 * total) for _ in range(requests)]


def mixed():
    """Popular objects, a scan of new ones, a loop: six times."""
    keys = []
    for phase in range(6):
        keys += zipf(600, 2500, 100 + phase)
        keys += range(10_000 + 400 * phase, 10_400 + 400 * phase)
        keys += list(range(5000, 5160)) * 6
    return keys


class List(OrderedDict):
    """Keys with costs, the oldest first."""

    def used(self):
        return sum(self.values())

    def pop_oldest(self):
        return self.popitem(last=False)


class Lru:
    def __init__(self, capacity):
        self.objects = List()

    def has(self, key):
        return key in self.objects

    def used(self):
        return self.objects.used()

    def hit(self, key):
        self.objects.move_to_end(key)

    def arrive(self, key, cost):
        pass

    def evict(self, key, cost):
        self.objects.pop_oldest()

    def insert(self, key, cost):
        self.objects[key] = cost


class Fifo(Lru):
    def hit(self, key):
        pass


class Lfu(Lru):
    def __init__(self, capacity):
        super().__init__(capacity)
        self.uses, self.last, self.clock = {}, {}, 0

    def touch(self, key, uses):
        self.clock += 1
        self.uses[key], self.last[key] = uses, self.clock

    def hit(self, key):
        self.touch(key, self.uses[key] + 1)

    def insert(self, key, cost):
        super().insert(key, cost)
        self.touch(key, 1)

    def evict(self, key, cost):
        del self.objects[min(self.objects, key=lambda key: (self.uses[key], self.last[key]))]


class PerfectLfu(Lfu):
    def insert(self, key, cost):
        Lru.insert(self, key, cost)
        self.touch(key, self.uses.get(key, 0) + 1)


class Random(Lru):
    """The draws are fixed by the incoming key and the number of the draw, as `mechanism/hash.rs` mixes them."""

    def __init__(self, capacity):
        super().__init__(capacity)
        self.order, self.draws = [], 0

    def hit(self, key):
        pass

    def insert(self, key, cost):
        super().insert(key, cost)
        self.order.append(key)

    def evict(self, key, cost):
        self.draws += 1
        draw = mix13((mix13(key) + self.draws * 0x9E3779B97F4A7C15) & MASK)
        place = draw * len(self.order) >> 64
        del self.objects[self.order[place]]
        self.order[place] = self.order[-1]
        self.order.pop()


class Clock(Lru):
    """A real ring with a hand; newcomers stand behind the hand."""

    def __init__(self, capacity):
        super().__init__(capacity)
        self.ring, self.bits, self.hand = [], {}, 0

    def hit(self, key):
        self.bits[key] = 1

    def insert(self, key, cost):
        super().insert(key, cost)
        self.ring.insert(self.hand, key)
        self.bits[key] = 0
        self.hand = (self.hand + 1) % len(self.ring)

    def evict(self, key, cost):
        while self.bits[self.ring[self.hand]]:
            self.bits[self.ring[self.hand]] = 0
            self.hand = (self.hand + 1) % len(self.ring)
        del self.objects[self.ring.pop(self.hand)]
        self.hand = self.hand % len(self.ring) if self.ring else 0


class Sieve(Lru):
    def __init__(self, capacity):
        super().__init__(capacity)
        self.queue, self.visited, self.hand = [], {}, None  # The newest first.

    def hit(self, key):
        self.visited[key] = 1

    def insert(self, key, cost):
        super().insert(key, cost)
        self.queue.insert(0, key)
        self.visited[key] = 0

    def evict(self, key, cost):
        place = self.queue.index(self.hand) if self.hand is not None else len(self.queue) - 1
        while self.visited[self.queue[place]]:
            self.visited[self.queue[place]] = 0
            place = place - 1 if place else len(self.queue) - 1
        self.hand = self.queue[place - 1] if place else None
        del self.objects[self.queue.pop(place)]


class S3Fifo:
    # Since 2024 libCacheSim fills the main queue first when the small one is full before anything was evicted.
    FILLS_MAIN = False

    def __init__(self, capacity):
        self.small, self.main, self.ghosts, self.freq = List(), List(), List(), {}
        self.small_room = capacity * 10 // 100
        self.main_room = capacity - self.small_room
        self.ghost_room = capacity * 90 // 100
        self.evicted = False

    def has(self, key):
        return key in self.small or key in self.main

    def used(self):
        return self.small.used() + self.main.used()

    def hit(self, key):
        self.freq[key] = min(self.freq[key] + 1, 3)

    def arrive(self, key, cost):
        self.ghost = self.ghosts.pop(key, None) is not None

    def insert(self, key, cost):
        full = self.FILLS_MAIN and not self.evicted and self.small.used() >= self.small_room
        (self.main if self.ghost or full else self.small)[key] = cost
        self.freq[key] = 0

    def evict(self, key, cost):
        self.evicted = True
        if self.main.used() <= self.main_room:
            while self.small:
                victim, size = self.small.pop_oldest()
                if self.freq[victim] > 1:
                    self.main[victim] = size
                    self.freq[victim] = 0
                else:
                    self.ghosts[victim] = size
                    while self.ghosts.used() > self.ghost_room:
                        self.ghosts.pop_oldest()
                    return
        while True:
            victim, size = self.main.pop_oldest()
            if self.freq[victim] == 0:
                return
            self.freq[victim] -= 1
            self.main[victim] = size


class TwoQueues:
    def __init__(self, capacity):
        self.a1in, self.a1out, self.am = List(), List(), List()
        self.kin, self.kout = capacity * 25 // 100, capacity * 50 // 100

    def has(self, key):
        return key in self.a1in or key in self.am

    def used(self):
        return self.a1in.used() + self.am.used()

    def hit(self, key):
        if key in self.am:
            self.am.move_to_end(key)

    def arrive(self, key, cost):
        self.ghost = self.a1out.pop(key, None) is not None

    def insert(self, key, cost):
        (self.am if self.ghost else self.a1in)[key] = cost

    def evict(self, key, cost):
        if self.a1in.used() > self.kin or not self.am:
            victim, size = self.a1in.pop_oldest()
            self.a1out[victim] = size
            while self.a1out.used() > self.kout:
                self.a1out.pop_oldest()
        else:
            self.am.pop_oldest()


class SegmentedLru:
    def __init__(self, capacity):
        self.probation, self.protected = List(), List()
        self.room = capacity * 80 // 100

    def has(self, key):
        return key in self.probation or key in self.protected

    def used(self):
        return self.probation.used() + self.protected.used()

    def hit(self, key):
        home = self.protected if key in self.protected else self.probation
        self.protected[key] = home.pop(key)
        while self.protected.used() > self.room:
            last, size = self.protected.pop_oldest()
            self.probation[last] = size

    def arrive(self, key, cost):
        pass

    def insert(self, key, cost):
        self.probation[key] = cost

    def victim(self):
        return next(iter(self.probation or self.protected))

    def evict(self, key, cost):
        (self.probation or self.protected).pop_oldest()


class Arc:
    def __init__(self, capacity):
        self.c, self.p = capacity, 0.0
        self.t1, self.t2, self.b1, self.b2 = List(), List(), List(), List()

    def has(self, key):
        return key in self.t1 or key in self.t2

    def used(self):
        return self.t1.used() + self.t2.used()

    def hit(self, key):
        self.t2[key] = (self.t1 if key in self.t1 else self.t2).pop(key)

    def arrive(self, key, cost):
        b1, b2, t1, t2 = self.b1, self.b2, self.t1, self.t2
        self.case = "II" if key in b1 else "III" if key in b2 else "IV"
        if self.case == "II":
            self.p = min(self.p + max(b2.used() / b1.used(), 1.0) * cost, self.c)
            del b1[key]
        elif self.case == "III":
            self.p = max(self.p - max(b1.used() / b2.used(), 1.0) * cost, 0.0)
            del b2[key]
        else:
            if not b1 and t1.used() + cost > self.c:
                self.case = "IV, T1 full"
            while b1 and t1.used() + b1.used() + cost > self.c:
                b1.pop_oldest()
            while b2 and t1.used() + b1.used() + t2.used() + b2.used() + cost > 2 * self.c:
                b2.pop_oldest()

    def evict(self, key, cost):
        if self.case == "IV, T1 full" and self.t1:
            self.t1.pop_oldest()
            return
        first = self.t1.used() > self.p or (self.case == "III" and self.t1.used() == self.p)
        if (first and self.t1) or not self.t2:
            victim, size = self.t1.pop_oldest()
            self.b1[victim] = size
        else:
            victim, size = self.t2.pop_oldest()
            self.b2[victim] = size

    def insert(self, key, cost):
        (self.t2 if self.case in ("II", "III") else self.t1)[key] = cost


class Sketch:
    def __init__(self):
        self.width, self.sample, self.added = 64, 160, 0
        self.counters = Counter()

    def fit(self, objects):
        self.sample = max(self.sample, 10 * objects)
        while 4 * objects > self.width:
            for (row, place), count in list(self.counters.items()):
                self.counters[row, place + self.width] = count
            self.width *= 2

    def places(self, key):
        low, high = mix13(key) & 0xFFFFFFFF, mix13(key) >> 32 | 1
        return [(row, (low + row * high) % 2**32 % self.width) for row in range(4)]

    def estimate(self, key):
        return min(self.counters[place] for place in self.places(key))

    def add(self, key):
        least = self.estimate(key)
        for place in self.places(key):
            if self.counters[place] == least < 15:
                self.counters[place] += 1
        self.added += 1
        if self.added >= self.sample:
            self.added //= 2
            self.counters = Counter({place: count // 2 for place, count in self.counters.items()})


class WTinyLfu:
    def __init__(self, capacity):
        self.window, self.sketch = List(), Sketch()
        self.window_room = max(capacity // 100, 1)
        self.main_room = max(capacity - self.window_room, 0)
        self.main = SegmentedLru(self.main_room)

    def has(self, key):
        return key in self.window or self.main.has(key)

    def used(self):
        return self.window.used() + self.main.used()

    def hit(self, key):
        self.sketch.add(key)
        if key in self.window:
            self.window.move_to_end(key)
        else:
            self.main.hit(key)

    def arrive(self, key, cost):
        self.sketch.add(key)

    def settle(self, cost):
        """Lets go on what the main cache has room for; says who is next and has none."""
        while self.window and self.window.used() + cost > self.window_room:
            candidate, size = next(iter(self.window.items()))
            if self.main.used() + size > self.main_room:
                return candidate
            self.main.insert(*self.window.pop_oldest())
        return None

    def evict(self, key, cost):
        candidate = self.settle(cost)
        if not self.main.used():
            self.window.pop_oldest()
        elif candidate is None:
            self.main.evict(key, cost)
        elif self.sketch.estimate(candidate) > self.sketch.estimate(self.main.victim()):
            self.main.evict(key, cost)
        else:
            self.window.pop_oldest()
        self.settle(cost)

    def insert(self, key, cost):
        self.window[key] = cost
        self.sketch.fit(len(self.window) + len(self.main.probation) + len(self.main.protected))
        self.settle(0)


def misses(policy, trace, capacity, size=lambda key: 1):
    cache, count = policy(capacity), 0
    for key in trace:
        if cache.has(key):
            cache.hit(key)
            continue
        count += 1
        if size(key) <= capacity:
            cache.arrive(key, size(key))
            while cache.used() + size(key) > capacity:
                cache.evict(key, size(key))
            cache.insert(key, size(key))
    return count


def belady(trace, capacity):
    """MIN for objects of one size, by looking ahead at every miss."""
    following, next_uses = {}, [0] * len(trace)
    for place in range(len(trace) - 1, -1, -1):
        next_uses[place] = following.get(trace[place], len(trace))
        following[trace[place]] = place
    stored, count = {}, 0
    for place, key in enumerate(trace):
        if key not in stored:
            count += 1
            if len(stored) >= capacity:
                del stored[max(stored, key=stored.get)]
        stored[key] = next_uses[place]
    return count


POLICIES = {
    "lru": Lru, "fifo": Fifo, "lfu": Lfu, "perfect_lfu": PerfectLfu, "random": Random, "clock": Clock, "sieve": Sieve, "s3_fifo": S3Fifo,
    "slru": SegmentedLru, "2q": TwoQueues, "arc": Arc, "w_tinylfu": WTinyLfu,
}  # fmt: skip
CAPACITIES = [3, 10, 45, 100, 320]
BYTES = [50, 400, 2000]
TRACES = {"zipf": zipf(1000, 20_000, 7), "mixed": mixed()}


def size(key):
    """From 1 to 20, without any relation to popularity."""
    return 1 + mix13(key + 1) % 20


def native(name, trace, capacity, size=lambda key: 1, parameters=""):
    import libcachesim as simulator

    init = {"lru": "LRU", "fifo": "FIFO", "lfu": "LFU", "clock": "Clock", "sieve": "Sieve", "s3_fifo": "S3FIFO",
            "slru": "SLRU", "2q": "TwoQ", "arc": "ARC"}[name]  # fmt: skip
    if capacity < 10 and name in ("s3_fifo", "2q", "slru"):
        return None  # It takes no cache that is so small.
    cache = getattr(simulator, init)(cache_size=capacity)
    request, hits = simulator.Request(), 0
    for clock, key in enumerate(trace):
        request.obj_id, request.obj_size, request.clock_time = key + 1, size(key), clock
        hits += cache.get(request)
    return len(trace) - hits


def main():
    compare = "--libcachesim" in sys.argv[1:]
    for title, trace in TRACES.items():
        print(f"{title}: {len(trace)} requests, {len(set(trace))} keys")
        print(f"    {'belady':10} {[belady(trace, capacity) for capacity in CAPACITIES]}")
        for name, policy in POLICIES.items():
            objects = [misses(policy, trace, capacity) for capacity in CAPACITIES]
            sized = [misses(policy, trace, capacity, size) for capacity in BYTES]
            print(f"    {name:10} {objects} {sized}", flush=True)
            if compare and name not in ("perfect_lfu", "random", "w_tinylfu"):
                others = [native(name, trace, capacity) for capacity in CAPACITIES]
                sized_others = [native(name, trace, capacity, size) for capacity in BYTES]
                if (others, sized_others) != (objects, sized):
                    print(f"      libCacheSim {others} {sized_others}")
                if name == "s3_fifo":
                    S3Fifo.FILLS_MAIN = True
                    objects = [misses(policy, trace, capacity) for capacity in CAPACITIES]
                    sized = [misses(policy, trace, capacity, size) for capacity in BYTES]
                    S3Fifo.FILLS_MAIN = False
                    print(f"      with its way to fill the cache {objects} {sized}")


if __name__ == "__main__":
    main()
