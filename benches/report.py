"""Writes what compare.py measured as Markdown."""
import datetime
import os
import platform
import re
import statistics
from pathlib import Path

from measured import Trouble
from questions import ASKED, CORES, DUCKDB_LOAD, QUESTIONS, SESSIONS, TARGETS


def table(header, lines, words=1):
    """A Markdown table; the columns after the first few `words` hold figures."""
    rule = ["---" if column < words else "---:" for column in range(len(header))]
    cells = [[str(cell).replace("|", "\\|").replace("\n", " ") for cell in line] for line in [header, rule, *lines]]
    return [f"| {' | '.join(line)} |" for line in cells] + [""]


def machine():
    cpu = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
        cpu = found[1] if found else cpu
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{cpu}, {CORES} cores, {memory:.0f} GB of memory, {platform.system()} {platform.release()}"


def target_line(target, measured):
    least = target.at_least is not None
    limit = target.at_least if least else target.at_most
    wanted = f"at {'least' if least else 'most'} {limit:g}{target.unit}"
    try:
        figure = target.figure(measured)
    except Trouble as trouble:
        return [target.key, target.what, wanted, "", f"not measured ({trouble})"]
    reached = figure >= limit if least else figure <= limit
    shown = f"{figure:.0f}" if target.unit == " MB" else f"{figure:.3f}" if target.unit == " s" else f"{figure:.2f}"
    return [target.key, target.what, wanted, shown + target.unit, "reached" if reached else "missed"]


def question_lines(question, measured):
    for way in question.ways:
        label = in_general(way.peer)
        try:
            seconds = measured.median(question.key, way.peer)
            peak = measured.peak(question.key, way.peer)
        except Trouble as trouble:
            yield [label, str(trouble), "", ""]
            continue
        try:
            ratio = f"{measured.ratio(question.key, way.peer):.2f}x"
        except Trouble:
            ratio = ""
        yield [label, f"{seconds:.3f} s", ratio, f"{peak:.0f} MB"]


def session_section(measured):
    if not measured.repeats:
        return []
    return [
        "## In one session",
        "",
        f"Questions a, b and c asked {ASKED} times in sgq's shell, and in one process of DuckDB over the files and",
        "from a table that it loaded from them.",
        "",
        *table(["question", "program", "loading", "first", "again"], session_lines(measured), words=2),
    ]


def session_lines(measured):
    def median(times):
        return f"{statistics.median(times):.3f} s" if times else ""

    for (key, peer), repeats in measured.repeats.items():
        if repeats.trouble:
            yield [key, peer, repeats.trouble, "", ""]
        else:
            yield [key, peer, median(repeats.load), median(repeats.first), median(repeats.again)]


STARTED_BY = {"duckdb": "python", "duckdb-cli": "duckdb", "chdb": "python", "polars": "python", "jq": "sh"}


def command_lines(questions):
    """How each program was asked, in full; what was asked before is referred to."""
    shown = {}
    for question in questions:
        yield from [f"### Commands of {question.key}", ""]
        for way in question.ways:
            command = " ".join([STARTED_BY.get(way.needs, way.needs), *map(quoted, way.arguments)])
            if command in shown:
                yield from [f"{in_general(way.peer)}: as for {shown[command]}", ""]
                continue
            shown[command] = question.key
            yield from [f"{in_general(way.peer)}:", "", "```", command, "```", ""]
    yield from ["### Commands of DuckDB, loaded", "", "```", f"{in_general(DUCKDB_LOAD)};"]
    yield from [f"{session.from_table};" for session in SESSIONS]
    yield from ["```", ""]


def in_general(text):
    """A text without the paths of this machine."""
    return text.replace("{dir}", "DIR").replace("{file}", "FILE")


def quoted(argument):
    """An argument as one reads it: quoted where it is more than a word."""
    argument = in_general(argument).replace("\t", "\\t")
    return argument if re.fullmatch(r"[\w./=-]+", argument) else f'"{argument}"'


def folder_lines(folders):
    """How many states there are of each kind, and their size."""
    for name, folder in folders.items():
        sizes = [path.stat().st_size for path in Path(folder).rglob("*.tfstate")]
        asked = [question.key for question in QUESTIONS if question.states == name]
        yield [", ".join(asked), f"{len(sizes):,}", f"{sum(sizes) / 1e6:,.0f} MB"]


def report(measured, questions, runs, told_versions, folders):
    keys = {question.key for question in questions}
    keys |= {session.key for session in SESSIONS if session.question in keys}
    return "\n".join([
        "# Timings of sgq and its peers",
        "",
        f"Written by `benches/compare.py` on {datetime.date.today()}: {machine()}.",
        "",
        f"Medians of {runs} runs in turn, each a process of its own over states in the page cache. The ratio is how",
        "many times as long as sgq a program takes; memory is the largest resident size of its largest process in",
        "any run. All programs gave the same answers before they were timed.",
        "",
        *table(["program", "version"], told_versions.items(), words=2),
        *table(["questions", "states", "size"], folder_lines(folders)),
        "## Targets",
        "",
        *table(["question", "figure of sgq", "target", "measured", ""],
               [target_line(target, measured) for target in TARGETS if target.key in keys], words=2),
        "## Questions",
        "",
        *[line for question in questions for line in [
            f"### {question.key}: {question.title}", "",
            *table(["program", "time", "ratio", "peak memory"], question_lines(question, measured))]],
        *session_section(measured),
        "## Commands",
        "",
        "DIR is the folder of the states, FILE its first state; python has the packages duckdb, chdb and polars.",
        "",
        *command_lines(questions),
    ])
