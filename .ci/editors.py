"""The schema in an editor: scenarios fit it, what does not is found, and a language server completes keys.

Usage: editors.py TOMBI FOLDER; the folder holds the scenarios with windtunnel.schema.json."""

import json
import pathlib
import subprocess
import sys
import time
import tomllib

import jsonschema

TOMBI, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
SCHEMA = json.loads((FOLDER / "windtunnel.schema.json").read_text())

# What is wrong, in the place of what is right.
SCENARIO = """
[scenario]
duration = "1 s"
[client.c]
arrivals = { poisson = "1 /s" }
keys = { count = 10, zipf = 1.0 }
request = "s.go"
[cache.h]
capacity = "10 objects"
eviction = "lru"
[server.s]
workers = 1
patience = { exponential = "5 ms" }
[server.s.on]
go = [ { work = "1 ms" }, { call = "h.get", on_miss = [ { fail = "lost" } ] } ]
[call."c -> s"]
timeout = "1 s"
retry = { attempts = 2, backoff = { doubling = "1 ms", cap = "1 s" }, budget = "10 %" }
[fault.f]
at = "1 s"
crash = "s"
[slo]
a = "c.rate > 1 /s"
"""
WRONG = [
    ("[server.s]", "[sevrer.s]", "an unknown table"),
    ("workers = 1", "wrokers = 1", "an unknown key"),
    ("workers = 1", "workers = true", "a wrong type"),
    ("workers = 1", "workers = -1", "a negative count"),
    ('duration = "1 s"', "duration = 1", "a number without its unit"),
    ('duration = "1 s"', 'duration = "1 kB"', "a wrong unit"),
    ('eviction = "lru"', 'eviction = "lur"', "an unknown choice"),
    ('capacity = "10 objects"', 'capacity = "10 s"', "a wrong dimension"),
    ("exponential", "exponentail", "an unknown law"),
    ('poisson = "1 /s"', 'poisson = "1 s"', "a duration for a rate"),
    ("zipf", "zpif", "an unknown key of a table in a table"),
    ("work = ", "wrok = ", "an unknown verb"),
    ('{ work = "1 ms" }', '{ work = "1 ms", wait = "1 ms" }', "two verbs"),
    ("on_miss", "no_miss", "an unknown key of a step"),
    ("doubling", "dubling", "an unknown back-off"),
    ("attempts = 2, ", "", "a missing key"),
    ('crash = "s"', 'crush = "s"', "an unknown condition"),
    ('"c.rate > 1 /s"', '"c.rate"', "an expectation without a comparison"),
    ('"c -> s"', '"c = s"', "an edge that is none"),
]

# How often it is asked for something, ten times a second.
PATIENCE = 100

# What a language server offers where `|` stands: some of it, and nothing of the rest.
COMPLETIONS = [
    ("[server.web]\n|", ["workers", "queue", "discipline", "on"], ["capacity", "targets"]),
    ("[cache.hot]\n|", ["capacity", "eviction", "ttl", "leases"], ["targets"]),
    ("[scenario]\n|", ["title", "duration", "warm_up", "seed"], ["workers"]),
    ('[call."a -> b"]\n|', ["timeout", "retry", "hedge"], ["workers"]),
    ("[client.c]\nkeys = { | }", ["count"], ["workers"]),
    ("[cache.hot]\neviction = |", ['"lru"', '"sieve"'], ['"fast"']),
    ("[server.web.on]\nshow = [ { | } ]", ["work", "call", "repeat"], ["workers"]),
]


def validate():
    validator = jsonschema.Draft202012Validator(SCHEMA)
    validator.check_schema(SCHEMA)
    count = 0
    for path in sorted(FOLDER.rglob("*.toml")):
        errors = [error for error in validator.iter_errors(tomllib.loads(path.read_text()))]
        for error in errors:
            print(f"{path}: {error.json_path}: {error.message[:300]}")
        assert not errors, f"{path} does not fit the schema"
        count += 1
    assert count > 40, f"{count} scenarios"
    assert validator.is_valid(tomllib.loads(SCENARIO))
    for right, wrong, what in WRONG:
        assert right in SCENARIO, right
        broken = tomllib.loads(SCENARIO.replace(right, wrong, 1))
        assert not validator.is_valid(broken), f"{what} fits: {wrong}"
    for name, definition in SCHEMA["$defs"].items():
        for example in definition.get("examples", []):
            fits = validator.evolve(schema={"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]})
            assert fits.is_valid(example), f"{example!r} is an example of {name}"
    print(f"{count} scenarios fit the schema, {len(WRONG)} that are wrong do not")


class Server:
    """A language server on stdio."""

    def __init__(self):
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([TOMBI, "lsp", "--offline"], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        self.number = 0

    def send(self, method, params, number=None):
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        if number is not None:
            message["id"] = number
        self.write(message)

    def write(self, message):
        body = json.dumps(message).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def read(self):
        length = 0
        while line := self.process.stdout.readline().strip():
            name, value = line.split(b":", 1)
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the language server has ended"
        return json.loads(self.process.stdout.read(length))

    def ask(self, method, params):
        self.number += 1
        self.send(method, params, self.number)
        while True:
            message = self.read()
            if message.get("id") == self.number and "method" not in message:
                assert "error" not in message, message
                return message["result"]
            if "id" in message:
                self.write({"jsonrpc": "2.0", "id": message["id"], "result": None})


def complete():
    server = Server()
    root = FOLDER.as_uri()
    folders = [{"uri": root, "name": "scenarios"}]
    server.ask("initialize", {"processId": None, "rootUri": root, "workspaceFolders": folders, "capabilities": {}})
    server.send("initialized", {})
    for number, (text, offered, others) in enumerate(COMPLETIONS):
        before, after = text.split("|")
        uri = f"{root}/completion_{number}.toml"
        head = "#:schema ./windtunnel.schema.json\n\n"
        document = {"uri": uri, "languageId": "toml", "version": 1, "text": head + before + after}
        server.send("textDocument/didOpen", {"textDocument": document})
        lines = (head + before).split("\n")
        position = {"line": len(lines) - 1, "character": len(lines[-1])}
        # The server answers before it has read the schema: then it knows nothing to offer.
        for _ in range(PATIENCE):
            result = server.ask("textDocument/completion", {"textDocument": {"uri": uri}, "position": position})
            items = (result or {}).get("items", []) if isinstance(result, dict) else result or []
            labels = [item["label"] for item in items]
            if all(label in labels for label in offered):
                break
            time.sleep(0.1)
        assert all(label in labels for label in offered), f"{text!r} offers {labels}"
        assert not any(label in labels for label in others), f"{text!r} offers {labels}"
    server.process.kill()
    print(f"the language server completes {len(COMPLETIONS)} places")


validate()
complete()
