#!/usr/bin/env python3
"""Times sgq and DuckDB over the same states, in turn, in one run, and prints ratios.

usage: benches/compare.py SGQ_BINARY STATES_DIR [RUNS]

Needs the packages duckdb and duckdb-cli of PyPI (`pip install duckdb duckdb-cli`), and states that
`cargo run --release --example generate-bench-states -- STATES_DIR` wrote. Every command is a process
of its own; both answers to a question are compared before anything is timed. Prints, for each
question, the median wall time and peak memory of both, and how many times slower DuckDB is.
"""
import json, os, statistics, subprocess, sys, tempfile, time

# Told the columns, and of an instance one small member only: the fastest of the ways that were tried.
INSTANCES = """
SELECT r.type AS type, count(*) AS n
FROM (SELECT unnest(resources) AS r FROM read_json('{dir}/**/*.tfstate', columns = {{
        resources: 'STRUCT(type VARCHAR, instances STRUCT(schema_version INTEGER)[])[]'}}, maximum_object_size = 100000000)) AS s,
     unnest(s.r.instances) AS i
GROUP BY 1 ORDER BY 1"""

QUESTIONS = [
    ("count by type", "SELECT type, count(*) AS n FROM instances GROUP BY 1 ORDER BY 1", INSTANCES),
    ("SELECT 1", "SELECT 1 AS n", "SELECT 1 AS n"),
]

SMALL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "sample-states")


def run(argv):
    """Runs a command: its output, its wall time in seconds, its peak resident memory in MB."""
    with tempfile.TemporaryFile() as out:
        start = time.perf_counter()
        process = subprocess.Popen(argv, stdout=out, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"exit {process.returncode}: {' '.join(argv)[:200]}")
        out.seek(0)
        return out.read().decode(), wall, usage.ru_maxrss / 1024


def duckdb_binary():
    """The command-line program itself, without the Python script that starts it."""
    try:
        import duckdb_cli
        folder = os.path.dirname(duckdb_cli.__file__)
        for root, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(root, name)
                if name == "duckdb" and os.access(path, os.X_OK):
                    return path
    except ImportError:
        pass
    return "duckdb"


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sgq, states, runs = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), int((sys.argv + ["5"])[3])
    duckdb = duckdb_binary()
    print(subprocess.run([sgq, "--version"], capture_output=True, text=True).stdout.strip(), "|",
          "duckdb", subprocess.run([duckdb, "--version"], capture_output=True, text=True).stdout.strip(), "|",
          f"{os.cpu_count()} cores, {runs} runs each, in turn")
    print(f"{'question':<16} {'sgq':>9} {'duckdb':>9} {'ratio':>7} {'sgq MB':>8} {'duckdb MB':>10}")
    for name, ours, theirs in QUESTIONS:
        source = SMALL if name == "SELECT 1" else states
        commands = ([sgq, "-s", source, "-o", "json", ours], [duckdb, "-json", "-c", theirs.format(dir=states)])
        answers = [json.loads(run(command)[0]) for command in commands]
        if answers[0] != answers[1]:
            sys.exit(f"{name}: the answers differ\n{answers[0]}\n{answers[1]}")
        times, memory = ([], []), ([], [])
        for _ in range(runs):
            for which, command in enumerate(commands):
                _, wall, peak = run(command)
                times[which].append(wall)
                memory[which].append(peak)
        wall = [statistics.median(t) for t in times]
        ratio = statistics.median(b / a for a, b in zip(*times))
        print(f"{name:<16} {wall[0]:>8.3f}s {wall[1]:>8.3f}s {ratio:>6.1f}x {max(memory[0]):>8.0f} {max(memory[1]):>10.0f}")


main()
