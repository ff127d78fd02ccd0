#!/usr/bin/env python3
"""Times sgq and what else answers the same questions, in turn, in one run, and writes a table of it.

The peers are installed from PyPI into a virtual environment in the cache folder; jq and terraform are
used where they are on PATH. States are generated where they are not there yet. Nothing is timed before
all programs gave the same answers. Every command is a process of its own, over files in the page cache.
"""
import argparse
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, namedtuple
from dataclasses import dataclass
from pathlib import Path

from measured import Measured, Outcome, Repeats, Trouble
from questions import ASKED, DUCKDB_LOAD, QUESTIONS, SESSIONS, STATES, duckdb
from report import report

REPOSITORY = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sgq-bench"
PACKAGES = ["duckdb", "duckdb-cli", "chdb", "polars"]
LIMIT = 120  # seconds for a command


def tell(message):
    print(message, file=sys.stderr, flush=True)


# ---- Running commands.

Run = namedtuple("Run", "text seconds peak")


def wait(process):
    """Waits for a process, and ends it with what it started when its time is over: exit code, peak memory in MB.

    The memory is that of the largest process, where one starts others."""
    late = threading.Event()

    def end():
        late.set()
        os.killpg(process.pid, signal.SIGKILL)

    timer = threading.Timer(LIMIT, end)
    timer.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except KeyboardInterrupt:
        end()
        raise
    finally:
        timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    if late.is_set():
        raise Trouble(f"over {LIMIT} s")
    return process.returncode, usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def environment(folder):
    """No settings of whoever runs this, and no program that asks whether there is a newer one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SGQ_", "TF_"))}
    return kept | {"TERM": "dumb", "NO_COLOR": "1", "XDG_STATE_HOME": folder, "CHECKPOINT_DISABLE": "1"}


def run(argv, folder):
    """Runs a command in `folder`: what it prints, its wall time in seconds, its peak memory in MB."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, cwd=folder,
                                   env=environment(folder), start_new_session=True)
        code, peak = wait(process)
        seconds = time.perf_counter() - start
        out.seek(0)
        errors.seek(0)
        if code != 0:
            said = errors.read().decode(errors="replace").strip().splitlines() or ["nothing said"]
            raise Trouble(f"exit {code}: {said[-1][:160]}")
        return Run(out.read().decode(), seconds, peak)


def run_on_terminal(argv, folder, lines):
    """What a program writes to a terminal on which `lines` are typed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(argv, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=environment(folder),
                               start_new_session=True)
    os.close(theirs)
    os.write(ours, "".join(line + "\n" for line in lines).encode())
    written = []

    def read():
        try:
            while data := os.read(ours, 65536):
                written.append(data)
        except OSError:
            pass  # So ends a terminal whose program has left.

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    wait(process)
    reader.join(timeout=5)
    os.close(ours)
    return b"".join(written).decode(errors="replace").replace("\r", "")


# ---- What there is to run, and over what.

def install():
    """The virtual environment of the peers; a package that cannot be had is told, and skipped later."""
    folder = CACHE / "venv"
    python = folder / "bin" / "python"
    if not python.exists():
        tell(f"making {folder}")
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    for package in PACKAGES:
        pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        if subprocess.run([*pip, "show", package], capture_output=True).returncode != 0:
            tell(f"installing {package}")
            if subprocess.run([*pip, "install", package], stdout=sys.stderr).returncode != 0:
                tell(f"{package} could not be installed")
    return folder


def find_programs(sgq, venv):
    """What each way needs, and the executable that it starts; what is missing has none."""
    shell, python = shutil.which("sh"), str(venv / "bin" / "python")
    programs = {"sgq": sgq, "sh": shell, "terraform": shutil.which("terraform")}
    programs["jq"] = shell if shutil.which("jq") else None
    # The program itself, without the Python script that starts it.
    programs["duckdb-cli"] = next(map(str, venv.glob("lib/python*/site-packages/duckdb_cli/duckdb")), None)
    for package in ["duckdb", "chdb", "polars"]:
        programs[package] = python if any(venv.glob(f"lib/python*/site-packages/{package}")) else None
    return programs


def versions(programs, folder):
    """What every program says of itself."""
    asked = {
        "sgq": [programs["sgq"], "--version"],
        "DuckDB": [programs["duckdb"], "-c", "import duckdb; print(duckdb.__version__)"],
        "DuckDB, the program": [programs["duckdb-cli"], "--version"],
        "ClickHouse": [programs["chdb"], "-c", "import chdb; print(chdb.query('SELECT version()', 'TSVRaw'), end='')"],
        "polars": [programs["polars"], "-c", "import polars; print(polars.__version__)"],
        "jq": [programs["jq"], "-c", "jq --version"],
        "terraform": [programs["terraform"], "version"],
    }
    return {name: version(argv, folder) if argv[0] else "not found" for name, argv in asked.items()}


def version(argv, folder):
    try:
        return run(argv, folder).text.strip().splitlines()[0]
    except (Trouble, IndexError) as trouble:
        return str(trouble)


def find_states(given, needed, generator):
    """The folder of each set of states; those that are not there are generated."""
    folders = {}
    for name in needed:
        folder = Path(given.get(name, CACHE / name)).resolve()
        if name in given and not folder.is_dir():
            sys.exit(f"compare.py: there is no folder {folder}")
        if not folder.exists():
            generate(folder, STATES[name], generator)
        if re.search(r"[^\w./+,:@-]", str(folder)):
            sys.exit(f"compare.py: {folder} cannot stand in commands unquoted; use a folder with a plain name")
        folders[name] = str(folder)
    return folders


def generate(folder, arguments, generator):
    """Writes states; the folder has its name only when all are there."""
    tell(f"generating {folder}")
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    cargo = ["cargo", "run", "--release", "--locked", "--quiet", "--example", "generate-bench-states", "--"]
    command = [str(Path(generator).resolve())] if generator else cargo
    partial.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([*command, partial, *arguments], cwd=REPOSITORY, check=True)
    partial.rename(folder)


# ---- Measuring.

@dataclass
class Bench:
    """Where programs and states are, and a folder without settings to run in."""
    programs: dict
    folders: dict
    scratch: str

    def place(self, text, states):
        folder = self.folders[states]
        if "{file}" in text:
            text = text.replace("{file}", str(min(Path(folder).rglob("*.tfstate"))))
        return text.replace("{dir}", folder)

    def run(self, way, states):
        if not self.programs[way.needs]:
            raise Trouble(f"skipped: {way.needs} not found")
        arguments = [self.place(part, states) for part in way.arguments]
        return run([self.programs[way.needs], *arguments], self.scratch)

    def warm(self, states):
        """Brings the states into the page cache."""
        for path in Path(self.folders[states]).rglob("*.tfstate"):
            with path.open("rb") as file:
                while file.read(1 << 20):
                    pass

    def sgq_session(self, sql):
        """What sgq's shell writes when it is asked again and again, and told to tell times."""
        lines = ["\\o tsv", "\\timing", *[f"{sql};"] * ASKED, "\\q"]
        return run_on_terminal([self.programs["sgq"], "-s", self.folders["states"]], self.scratch, lines)


def rows(way, text):
    lines = text.splitlines()
    return sorted(lines[1:] if way.has_header else lines)


def check(bench, question, measured):
    """Asks every peer once; gives the rows of sgq, and ends where another answers something else."""
    expected = None
    for way in question.ways:
        outcome = measured.outcomes.setdefault((question.key, way.peer), Outcome())
        tell(f"checking {question.key}: {way.peer}")
        try:
            text = bench.run(way, question.states).text
        except Trouble as trouble:
            outcome.trouble = str(trouble)
            continue
        if not way.answers:
            continue
        found = rows(way, text)
        if expected is None:
            first, expected = way.peer, found
        elif found != expected:
            sys.exit(f"compare.py: {question.title}: {way.peer} answers {found[:10]}, and {first} {expected[:10]}")
    return expected


def measure(bench, question, runs, measured):
    """Runs every way of a question in turn, several times."""
    bench.warm(question.states)
    for number in range(runs):
        for way in question.ways:
            outcome = measured.outcomes[question.key, way.peer]
            if outcome.trouble:
                continue
            tell(f"run {number + 1} of {runs}: {question.key}: {way.peer}")
            try:
                ran = bench.run(way, question.states)
            except Trouble as trouble:
                outcome.trouble = str(trouble)
                continue
            outcome.seconds.append(ran.seconds)
            outcome.peaks.append(ran.peak)


def sessions_of(bench, session):
    """Who is asked again and again, how many times are told before those of the question, and how to ask."""
    ways = {way.peer: way for question in QUESTIONS if question.key == session.question for way in question.ways}
    over_files = ways["DuckDB"].arguments[-1]
    return [
        ("sgq", 0, lambda: bench.sgq_session(ways["sgq"].arguments[-1])),
        ("DuckDB", 0, lambda: bench.run(duckdb(*[over_files] * ASKED), "states").text),
        ("DuckDB, loaded", 1, lambda: bench.run(duckdb(DUCKDB_LOAD, *[session.from_table] * ASKED), "states").text),
    ]


def measure_session(bench, session, runs, expected, measured):
    bench.warm("states")
    for number in range(runs):
        for peer, loads, ask in sessions_of(bench, session):
            repeats = measured.repeats.setdefault((session.key, peer), Repeats())
            if repeats.trouble:
                continue
            tell(f"run {number + 1} of {runs}: {session.key}: {peer}, {ASKED} times in one session")
            try:
                text = ask()
                times = [float(seconds) for seconds in re.findall(r"^time: ([\d.]+) s$", text, re.M)]
                if len(times) != loads + ASKED:
                    raise Trouble(f"failed: {text.strip()[-160:]}")
            except Trouble as trouble:
                repeats.trouble = str(trouble)
                continue
            answered = Counter(text.splitlines())
            if expected and any(answered[line] != ASKED for line in expected):
                sys.exit(f"compare.py: {session.key}: {peer} answers something else in a session:\n{text[-2000:]}")
            repeats.load += times[:loads]
            repeats.first.append(times[loads])
            repeats.again += times[loads + 1:]


# ---- The command line.

def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sgq", default=REPOSITORY / "target" / "release" / "sgq",
                        help="the binary; target/release/sgq by default")
    parser.add_argument("--runs", type=int, default=5, help="how often each command is timed; 5 by default")
    parser.add_argument("--only", default="", help="questions by their letters, as in a,b,h2")
    parser.add_argument("--states", action="append", default=[], metavar="NAME=DIR", type=named_folder,
                        help=f"states that are there already; names are {', '.join(STATES)}")
    parser.add_argument("--generator", help="a binary of the generator, in place of cargo run")
    parser.add_argument("--results", default=REPOSITORY / "benches" / "RESULTS.md",
                        help="the file to write; benches/RESULTS.md by default")
    return parser.parse_args()


def named_folder(text):
    name, _, folder = text.partition("=")
    if name not in STATES or not folder:
        raise argparse.ArgumentTypeError(f"{text} is not NAME=DIR with a name of {', '.join(STATES)}")
    return name, folder


def main():
    given = arguments()
    sgq = Path(given.sgq).resolve()
    if not sgq.is_file():
        sys.exit(f"compare.py: there is no {sgq}; build it with cargo build --release, or say --sgq PATH")
    wanted = [key for key in given.only.split(",") if key]
    questions = [question for question in QUESTIONS if not wanted or question.key in wanted]
    if len(questions) < len(wanted):
        sys.exit(f"compare.py: questions are {', '.join(question.key for question in QUESTIONS)}")
    venv = install()
    needed = dict.fromkeys(question.states for question in questions)
    folders = find_states(dict(given.states), needed, given.generator)
    with tempfile.TemporaryDirectory(dir=CACHE) as kept, tempfile.TemporaryDirectory() as scratch:
        # A copy, so that a build in the meantime changes nothing.
        programs = find_programs(shutil.copy2(sgq, kept), venv)
        bench, measured = Bench(programs, folders, scratch), Measured()
        told_versions = versions(programs, scratch)
        answers = {question.key: check(bench, question, measured) for question in questions}
        for question in questions:
            measure(bench, question, given.runs, measured)
        for session in SESSIONS:
            if session.question in answers:
                measure_session(bench, session, given.runs, answers[session.question], measured)
    written = report(measured, questions, given.runs, told_versions, folders)
    Path(given.results).write_text(written)
    print(written)


if __name__ == "__main__":
    main()
