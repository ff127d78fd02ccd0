"""What compare.py asks, how each program is asked, and what is aimed at."""
import os
import shlex
from collections import namedtuple

CORES = os.cpu_count() or 1

# What the questions are asked of: the arguments of the generator. All but `one` are 0.8 GB.
STATES = {
    "states": ["1000", "300"],
    "many": ["10000", "30"],
    "huge": ["1", "300000"],
    "linked": ["1000", "300", "--linked"],
    "one": ["1", "300"],
}

# ---- How a program is asked: `{dir}` stands for the folder of the states, `{file}` for its first state.

Way = namedtuple("Way", "peer needs arguments has_header answers", defaults=(False, True))


def sgq(sql, source="{dir}"):
    return Way("sgq", "sgq", ["-s", source, "-o", "tsv", sql], has_header=True)


def duckdb(*statements):
    """Several statements are asked in one session, and the time of each is told."""
    return Way("DuckDB", "duckdb", ["-c", DUCKDB, *statements])


def duckdb_program(sql, peer):
    return Way(peer, "duckdb-cli", ["-no-init", "-list", "-separator", "\t", "-noheader", "-c", sql])


def clickhouse(sql):
    program = "import chdb, sys; print(chdb.query(sys.argv[1], 'TSV'), end='')"
    return Way("ClickHouse", "chdb", ["-c", program, sql])


def polars(program):
    return Way("polars", "polars", ["-c", POLARS + program, "{dir}"])


def jq(program, sum_up):
    """As many processes as cores, many states to each; awk sums up what they print, unbuffered to keep lines whole."""
    counting = f"jq --unbuffered -r {shlex.quote(program)} | awk -F'\\t' {shlex.quote(sum_up)}"
    return Way("jq", "jq", ["-c", f"find {{dir}} -name '*.tfstate' -print0 | xargs -0 -n 50 -P {CORES} {counting}"])


def terraform(arguments):
    return Way("terraform", "terraform", arguments)


def floor(script):
    """A command that reads what the answer is in, and answers nothing."""
    return Way(f"`{script}`", "sh", ["-c", script], answers=False)


# ---- The parts of their questions.

READ_AND_COUNT = "find {dir} -name '*.tfstate' -print0 | xargs -0 cat | wc -l"
READ = "cat {file} > /dev/null"
SUM_BY_FIRST = '{n[$1] += $2} END {for (key in n) print key "\\t" n[key]}'

# polars reads a document on one thread, so several are read at once.
POLARS = f"""
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import polars as pl

def each(read):
    with ThreadPoolExecutor({CORES}) as pool:
        return pl.concat(pool.map(read, Path(sys.argv[1]).rglob('*.tfstate')))

def resources(**columns):
    resource = pl.Struct({{'type': pl.String, 'instances': pl.List(pl.Struct(columns))}})
    states = each(lambda path: pl.read_json(path, schema={{'resources': pl.List(resource)}}))
    return states.explode('resources').unnest('resources')

def show(rows):
    for row in rows.rows():
        print(*row, sep='\\t')
"""

DUCKDB = """
import sys, time
import duckdb
session = duckdb.connect()
session.execute("SET enable_progress_bar = false")
for statement in sys.argv[1:]:
    start = time.perf_counter()
    for row in session.execute(statement).fetchall():
        print(*row, sep="\\t")
    if len(sys.argv) > 2:
        print(f"time: {time.perf_counter() - start:.3f} s")
"""


def duckdb_resources(instance):
    """Each state a text of which the wanted is extracted: the fastest that was found. The library takes half the
    time of the program for it; read_json with told columns takes longer in both."""
    structure = f'{{"resources": [{{"type": "VARCHAR", "instances": [{{{instance}}}]}}]}}'
    return f"""(
  SELECT unnest(from_json(content, '{structure}').resources) AS r
  FROM read_text('{{dir}}/**/*.tfstate'))"""


# As one writes it first; the program, since the library takes several times as long for it.
DUCKDB_AUTO = "DuckDB, read_json_auto"
RESOURCES_AUTO = "(SELECT unnest(resources) AS r FROM read_json_auto('{dir}/**/*.tfstate'))"


def clickhouse_type(instance):
    return f"Array(Tuple(type String, instances Array(Tuple({instance}))))"


def clickhouse_resources(instance):
    """Each state a text of which the wanted is extracted: the fastest that was found but for whole attributes."""
    return f"""file('{{dir}}/**/*.tfstate', RawBLOB, 'state String')
ARRAY JOIN JSONExtract(state, 'resources', '{clickhouse_type(instance)}') AS r"""


def clickhouse_rows(instance):
    """Each state a row of told columns: the fastest for whole attributes."""
    return f"""file('{{dir}}/**/*.tfstate', JSONEachRow,
  'resources {clickhouse_type(instance)}')
ARRAY JOIN resources AS r"""


WHOLE = '"attributes": "VARCHAR"'


def duckdb_types(resources):
    return f"SELECT r.type, sum(len(r.instances)) FROM {resources} GROUP BY 1"


def duckdb_attribute(resources):
    return f"""SELECT i.attributes.instance_type, count(*)
FROM (SELECT unnest(r.instances) AS i FROM {resources} WHERE r.type = 'aws_instance') GROUP BY 1"""


def count_by_type(*others):
    return [
        sgq("SELECT type, count(*) FROM instances GROUP BY 1"),
        duckdb(duckdb_types(duckdb_resources('"schema_version": "INTEGER"'))),
        clickhouse(f"""SELECT r.type, sum(length(r.instances))
FROM {clickhouse_resources("schema_version Int32")} GROUP BY 1"""),
        *others,
    ]


def one_attribute(ours):
    return [
        sgq(ours),
        duckdb(duckdb_attribute(duckdb_resources('"attributes": {"instance_type": "VARCHAR"}'))),
        duckdb_program(duckdb_attribute(RESOURCES_AUTO), DUCKDB_AUTO),
        clickhouse(f"""SELECT i.attributes.instance_type AS value, count()
FROM (SELECT arrayJoin(r.instances) AS i
  FROM {clickhouse_resources("attributes Tuple(instance_type Nullable(String))")}
  WHERE r.type = 'aws_instance') GROUP BY value"""),
        polars("""
instances = resources(attributes=pl.Struct({'instance_type': pl.String})).filter(pl.col('type') == 'aws_instance')
show(instances.explode('instances').unnest('instances').unnest('attributes').group_by('instance_type').len())
"""),
        jq('[.resources[] | select(.type == "aws_instance") | .instances[].attributes.instance_type] '
           '| group_by(.)[] | [.[0], length] | @tsv', SUM_BY_FIRST),
    ]


# ---- The questions. A way's answer must be that of sgq.

Question = namedtuple("Question", "key title states ways")

QUESTIONS = [
    Question("a", "Instances by type, 1,000 states", "states", count_by_type(
        duckdb_program(duckdb_types(RESOURCES_AUTO), DUCKDB_AUTO),
        polars("""
show(resources(schema_version=pl.Int64).group_by('type').agg(pl.col('instances').list.len().sum()))
"""),
        jq(".resources[] | [.type, (.instances | length)] | @tsv", SUM_BY_FIRST),
        floor(READ_AND_COUNT),
    )),
    Question("b", "One attribute of one type, from JSON", "states", one_attribute(
        "SELECT attributes->>'instance_type', count(*) FROM instances WHERE type = 'aws_instance' GROUP BY 1",
    )),
    Question("b2", "One attribute of one type, from the type's table", "states", one_attribute(
        "SELECT instance_type, count(*) FROM aws_instance GROUP BY 1",
    )),
    Question("c", "Full text of attributes (sgq hides secrets in them, the others do not)", "states", [
        sgq("SELECT count(*) FROM instances WHERE attributes::text LIKE '%0.0.0.0/0%'"),
        duckdb(f"""SELECT sum(len(list_filter(r.instances, lambda i: contains(i.attributes, '0.0.0.0/0'))))
FROM {duckdb_resources(WHOLE)}"""),
        clickhouse(f"""SELECT sum(arrayCount(i -> position(i.1, '0.0.0.0/0') > 0, r.instances))
FROM {clickhouse_rows("attributes String")}"""),
        polars("""
def found(path):
    resources = pl.read_json(path).select('resources').explode('resources').unnest('resources')
    instances = resources.select('instances').explode('instances').unnest('instances')
    return instances.select(pl.col('attributes').struct.json_encode().str.contains('0.0.0.0/0', literal=True).sum())

show(each(found).sum())
"""),
        jq('[.resources[].instances[] | select(.attributes | tostring | contains("0.0.0.0/0"))] | length',
           "{n += $1} END {print n}"),
    ]),
    Question("d", "Dependencies between 1,000 linked states", "linked", [
        sgq("SELECT kind, count(*) FROM cross_workspace_dependencies GROUP BY 1"),
    ]),
    Question("f", "Instances by type, 10,000 states", "many", count_by_type(floor(READ_AND_COUNT))),
    Question("g", "Instances by type, one state of 0.8 GB", "huge", count_by_type(
        floor(READ), floor("wc -l {file}"),
    )),
    Question("h", "SELECT 1 over one state", "one", [
        sgq("SELECT 1"), duckdb_program("SELECT 1", "DuckDB, the program"), duckdb("SELECT 1"), clickhouse("SELECT 1"),
    ]),
    Question("h2", "A state that is not there, 10,000 states", "many", [
        sgq("SELECT count(*) FROM instances WHERE state = 'no such state'"), floor("find {dir} | wc -l"),
    ]),
    Question("i", "Addresses of one state", "one", [
        sgq("SELECT address FROM instances ORDER BY address", "{file}"), terraform(["state", "list", "-state={file}"]),
    ]),
]

# ---- The same asked again in one session: sgq's shell, DuckDB over the files and from a table it loaded.

Session = namedtuple("Session", "key question from_table")

ASKED = 3  # times
SESSIONS = [
    Session("e.a", "a", "SELECT type, count(*) FROM instances GROUP BY 1"),
    Session("e.b", "b", "SELECT attributes->>'instance_type', count(*) FROM instances "
                        "WHERE type = 'aws_instance' GROUP BY 1"),
    Session("e.c", "c", "SELECT count(*) FROM instances WHERE contains(attributes, '0.0.0.0/0')"),
]
DUCKDB_LOAD = f"""CREATE TABLE instances AS SELECT type, i.attributes AS attributes
FROM (SELECT r.type AS type, unnest(r.instances) AS i FROM {duckdb_resources(WHOLE)})"""

# ---- The targets: a figure of what was measured, at least or at most so much.

Target = namedtuple("Target", "key what figure at_least at_most unit", defaults=(None, None, "x"))


def slower(key, peer, times, name=None):
    return Target(key, f"{name or peer}, times as long as sgq", lambda measured: measured.ratio(key, peer),
                  at_least=times)


def memory(key, megabytes):
    return Target(key, "peak memory", lambda measured: measured.peak(key), at_most=megabytes, unit=" MB")


def takes(key, seconds):
    return Target(key, "time", lambda measured: measured.median(key), at_most=seconds, unit=" s")


def again(key, seconds):
    return Target(key, "time when asked again in the shell", lambda measured: measured.again(key),
                  at_most=seconds, unit=" s")


TARGETS = [
    slower("a", "ClickHouse", 10), slower("a", "DuckDB", 30),
    slower("a", f"`{READ_AND_COUNT}`", 1, "reading and counting lines"), memory("a", 200),
    slower("b", "ClickHouse", 10), slower("b", "DuckDB", 30), memory("b", 200),
    slower("b2", "ClickHouse", 10), slower("b2", "DuckDB", 30), memory("b2", 200),
    slower("c", "DuckDB", 5), memory("c", 200),
    takes("d", 3),
    again("e.a", 0.02), again("e.b", 0.1), again("e.c", 0.1),
    memory("f", 200),
    Target("f", "peak memory, times that over 1,000 states",
           lambda measured: measured.peak("f") / measured.peak("a"), at_most=1.25),
    Target("g", "time, times that of reading the file",
           lambda measured: 1 / measured.ratio("g", f"`{READ}`"), at_most=3),
    memory("g", 1200),
    takes("h", 0.02), memory("h", 64),
]
