#!/usr/bin/env python3
"""Times sgq's store in PostgreSQL against Terraform's own backend table, in turn, in one run.

A server of its own is started in a temporary folder with its default settings (fsync on), as the user postgres
where this is run by root. Both hold the same states. What is timed is a process each time: sgq, or psql over
Terraform's table states(id, name, data), whose data is one JSON text for each state.

    benches/postgres.py --sgq target/release/sgq --states DIR [--runs 5]

DIR holds the states that generate-bench-states writes. Figures are medians; the table is markdown.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

PORT = 5698
LOCK = "SELECT pg_advisory_lock(1)"


def binaries():
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else Path(shutil.which("initdb")).parent


class Server:
    """A server with a database `bench`, stopped when the block ends."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="sgq-bench-pg-"))
        self.bin = binaries()
        self.as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.as_user:
            shutil.chown(self.folder, "postgres")
            os.chmod(self.folder, 0o755)

    def run(self, *argv):
        subprocess.run([*self.as_user, *argv], check=True, cwd=self.folder, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)

    def __enter__(self):
        data = self.folder / "data"
        self.run(self.bin / "initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-D", data)
        options = f"-p {PORT} -k {self.folder} -c listen_addresses='' -c max_connections=60"
        self.run(self.bin / "pg_ctl", "start", "-w", "-D", data, "-l", self.folder / "log", "-o", options)
        self.sql("CREATE DATABASE bench", database="postgres")
        return self

    def __exit__(self, *_):
        self.run(self.bin / "pg_ctl", "stop", "-m", "immediate", "-D", self.folder / "data")
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def place(self):
        return f"host={self.folder} port={PORT} user=postgres dbname=bench"

    def psql(self, sql):
        return ["psql", "-qAtX", "-h", str(self.folder), "-p", str(PORT), "-U", "postgres", "-d", "bench", "-c", sql]

    def sql(self, sql, database="bench"):
        command = self.psql(sql)
        command[command.index("-d") + 1] = database
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def seconds(argv):
    start = time.perf_counter()
    ran = subprocess.run(argv, capture_output=True)
    if ran.returncode != 0:
        sys.exit(f"{argv[0]} {argv[1:4]}: {ran.stderr.decode()[-500:]}")
    return time.perf_counter() - start, ran.stdout


def compared(rows, runs):
    """Runs the commands of each question in turn, several times: a line of medians and ratios for each."""
    lines = []
    for question, commands in rows:
        taken = {name: [] for name in commands}
        for turn in range(runs + 1):
            for name, argv in commands.items():
                took, _ = seconds(argv)
                if turn:  # The first one warms the caches.
                    taken[name].append(took)
        medians = {name: statistics.median(all_) for name, all_ in taken.items()}
        first = next(iter(medians.values()))
        for name, median in medians.items():
            lines.append(f"| {question} | {name} | {median:.3f} s | {median / first:.2f}x |")
    return lines


def load_backend(server, states):
    """Writes states as Terraform's backend keeps them."""
    server.sql("CREATE SCHEMA backend; CREATE TABLE backend.states (id bigserial PRIMARY KEY, name text UNIQUE, data text)")
    copy = subprocess.Popen(server.psql("COPY backend.states (name, data) FROM STDIN"), stdin=subprocess.PIPE, text=True)
    escapes = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"})
    for name, text in states:
        copy.stdin.write(f"{name}\t{text.translate(escapes)}\n")
    copy.stdin.close()
    if copy.wait() != 0:
        sys.exit("the states were not copied")
    server.sql("ANALYZE backend.states")


def questions(server, sgq, folder, runs):
    files = sorted(Path(folder).rglob("*.tfstate"))
    named = [(str(path.relative_to(folder).parent), path.read_text()) for path in files]
    load_backend(server, named)
    size = sum(len(text.encode()) for _, text in named)
    subprocess.run([sgq, "store", "init", "--store", server.place], check=True, capture_output=True)
    took, _ = seconds([sgq, "store", "import", folder, "--store", server.place])
    server.sql("VACUUM ANALYZE")
    rows = server.sql("SELECT sum(n_live_tup) FROM pg_stat_user_tables WHERE schemaname = 'sgq'")
    instances = server.sql("SELECT count(*) FROM sgq.instances")
    total = int(server.sql("SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = "
                           "relnamespace WHERE nspname = 'sgq' AND relkind = 'r'"))
    backend = int(server.sql("SELECT pg_total_relation_size('backend.states')"))
    again, _ = seconds([sgq, "store", "import", folder, "--store", server.place])
    print(f"{len(named)} states, {instances} instances, {size / 1e6:.0f} MB of JSON: imported in {took:.1f} s "
          f"({size / 1e6 / took:.0f} MB/s), {rows} rows; imported again in {again:.1f} s. On disk: the store with its "
          f"indexes {total / 1e6:.0f} MB, Terraform's table {backend / 1e6:.0f} MB.\n", flush=True)
    name = named[len(named) // 2][0]
    address = server.sql(f"SELECT min(address) FROM sgq.instances WHERE state = '{name}' AND mode = 'managed'")
    kind = server.sql(f"SELECT min(type) FROM sgq.instances WHERE state = '{name}' AND address = '{address}'")
    store, live = ["-s", server.place, "-o", "csv"], ["-s", server.place + " read=backend", "-o", "csv"]
    of_blob = ("FROM backend.states s, jsonb_array_elements(s.data::jsonb -> 'resources') r, "
               "jsonb_array_elements(r -> 'instances') i")
    count = "SELECT type, count(*) FROM instances GROUP BY 1"
    where = f"WHERE type = '{kind}' AND state = '{name}' AND address = '{address}'"
    rows = [
        ("count by type", {
            "sgq, store": [sgq, *store, count],
            "psql, store": server.psql("SELECT type, count(*) FROM sgq.instances GROUP BY 1"),
            "sgq, Terraform's table": [sgq, *live, count],
            "psql, Terraform's table": server.psql(f"SELECT r ->> 'type', count(*) {of_blob} GROUP BY 1"),
        }),
        ("one state as a document", {
            "sgq store pull": [sgq, "store", "pull", name, "--store", server.place],
            "psql, Terraform's table": server.psql(f"SELECT data FROM backend.states WHERE name = '{name}'"),
        }),
        ("one resource", {
            "sgq, store": [sgq, *store, f"SELECT attributes FROM instances {where}"],
            "psql, store": server.psql(f"SELECT attributes FROM sgq.instances {where}"),
            "psql, Terraform's table": server.psql(
                f"SELECT i -> 'attributes' {of_blob} WHERE s.name = '{name}' AND r ->> 'type' = '{kind}' "
                f"AND concat_ws('.', r ->> 'module', r ->> 'type', r ->> 'name') = '{address.split('[')[0]}'"),
        }),
        ("one resource in all states", {
            "sgq, store": [sgq, *store, f"SELECT state, attributes FROM instances WHERE address = '{address}'"],
            "psql, store": server.psql(f"SELECT state, attributes FROM sgq.instances WHERE address = '{address}'"),
            "psql, Terraform's table": server.psql(
                f"SELECT s.name, i -> 'attributes' {of_blob} WHERE r ->> 'type' = '{kind}' "
                f"AND concat_ws('.', r ->> 'module', r ->> 'type', r ->> 'name') = '{address.split('[')[0]}'"),
        }),
        ("one resource's history (Terraform's table has none)", {
            "sgq, store": [sgq, *store, f"SELECT version, action FROM history WHERE state = '{name}' AND address = '{address}'"],
            "psql, store": server.psql(f"SELECT version, action FROM sgq.history WHERE state = '{name}' AND address = '{address}'"),
        }),
    ]
    print("| question | asked by | time | times the first |\n| --- | --- | ---: | ---: |")
    print("\n".join(compared(rows, runs)), flush=True)


def large_state(count):
    def instance(number):
        return {"index_key": number, "schema_version": 1, "sensitive_attributes": [], "attributes": {
            "id": f"i-{number:017x}", "arn": f"arn:aws:ec2:eu-central-1:123456789012:instance/i-{number:017x}",
            "ami": "ami-0123456789abcdef0", "instance_type": "t3.micro", "private_ip": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}",
            "subnet_id": "subnet-0123456789abcdef0", "tags": {"Name": f"web-{number}", "Team": "shop"}, "user_data": None,
            "root_block_device": [{"volume_size": 20, "volume_type": "gp3", "encrypted": True}]},
            "dependencies": ["aws_subnet.a"]}
    resources = [{"mode": "managed", "type": "aws_instance", "name": f"web{group}",
                  "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
                  "instances": [instance(number) for number in range(group * 500, (group + 1) * 500)]}
                 for group in range(count // 500)]
    return {"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "5a7b1c9e-0000-4000-8000-000000000001",
            "outputs": {}, "resources": resources, "check_results": None}


def text(state):
    return json.dumps(state, indent=2) + "\n"


def wal(server, action):
    before = server.sql("SELECT pg_current_wal_lsn()")
    took, _ = action()
    return took, int(server.sql(f"SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '{before}')"))


def commits(server, sgq, folder, runs):
    """Three changed instances of 50,000: the store against the whole text written again."""
    state = large_state(50_000)
    path = Path(folder) / "large.tfstate"
    path.write_text(text(state))
    push = [sgq, "store", "push", str(path), "--state", "large", "--author", "bench", "--store", server.place]
    subprocess.run(push, check=True, capture_output=True)
    load = Path(folder) / "update.sql"
    server.sql("INSERT INTO backend.states (name, data) VALUES ('large', '{}')")

    def blob():
        load.write_text("UPDATE backend.states SET data = $sgq$" + path.read_text() + "$sgq$ WHERE name = 'large';")
        command = server.psql("")[:-2] + ["-f", str(load)]
        return seconds(command)

    blob()
    server.sql("CHECKPOINT")
    taken = {"store": [], "blob": []}
    for turn in range(1, runs + 1):
        state["serial"] += 1
        for number in (17, 25_017, 49_017):
            resource = state["resources"][number // 500]
            resource["instances"][number % 500]["attributes"]["instance_type"] = f"t3.large{turn}"
        path.write_text(text(state))
        taken["store"].append(wal(server, lambda: seconds(push + ["--base", str(turn)])))
        taken["blob"].append(wal(server, blob))
    rows = server.sql(f"SELECT count(*) FROM sgq.recorded_instances i JOIN sgq.recorded_states s USING (state_id) "
                      f"WHERE s.name = 'large' AND valid_from = {runs + 1}")
    print(f"\nThree changed instances of 50,000 ({path.stat().st_size / 1e6:.0f} MB of JSON):\n")
    print("| written by | rows of instances | WAL | time |\n| --- | ---: | ---: | ---: |")
    for name, title, count in (("store", "sgq store push", rows), ("blob", "Terraform's backend: UPDATE of the whole text", "-")):
        took = statistics.median(one for one, _ in taken[name])
        bytes_ = statistics.median(one for _, one in taken[name])
        print(f"| {title} | {count} | {bytes_ / 1e3:,.0f} kB | {took:.2f} s |", flush=True)


def writers(server, sgq, folder, work, span):
    """Writers that each pull, work for a while, and push what they changed: of resources of their own, as they
    come, and under one lock for each state as Terraform's backends have."""
    state = large_state(1_000)
    print(f"\nWriters of one state with 1,000 instances, each of resources of its own; every change takes {work} s of "
          f"other work, as an apply does; commits per second over {span} s:\n")
    print("| writers | sgq store | one lock for the state | times |\n| ---: | ---: | ---: | ---: |")
    for count in (1, 4, 16):
        rates = []
        for locked in (False, True):
            name = f"writers-{count}-{locked}"
            first = Path(folder) / f"{name}.tfstate"
            state["lineage"] = f"5a7b1c9e-0000-4000-8000-{count:06}{locked:06}"
            first.write_text(text(state))
            subprocess.run([sgq, "store", "push", str(first), "--state", name, "--author", "bench", "--store", server.place],
                           check=True, capture_output=True)
            done, refused, lock, end = [], [], threading.Lock(), time.perf_counter() + span

            def write(own):
                path = Path(folder) / f"{name}-{own}.tfstate"
                while time.perf_counter() < end:
                    if locked:
                        lock.acquire()
                    try:
                        pull = subprocess.run([sgq, "store", "pull", name, "--store", server.place], capture_output=True, text=True)
                        base = pull.stderr.rsplit(" ", 1)[-1].strip()
                        pulled = json.loads(pull.stdout)
                        number = own * 60
                        attributes = pulled["resources"][number // 500]["instances"][number % 500]["attributes"]
                        attributes["instance_type"] = f"t3.{base}"
                        pulled["serial"] += 1
                        path.write_text(text(pulled))
                        time.sleep(work)
                        push = subprocess.run([sgq, "store", "push", str(path), "--state", name, "--base", base, "--author", "bench",
                                               "--store", server.place], capture_output=True)
                        (done if push.returncode == 0 else refused).append(own)
                    finally:
                        if locked:
                            lock.release()

            threads = [threading.Thread(target=write, args=(own,)) for own in range(count)]
            start = time.perf_counter()
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            if refused:
                sys.exit(f"{len(refused)} pushes of disjoint resources were refused")
            rates.append(len(done) / (time.perf_counter() - start))
        print(f"| {count} | {rates[0]:.2f} | {rates[1]:.2f} | {rates[0] / rates[1]:.1f}x |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sgq", required=True, help="the binary, built in release")
    parser.add_argument("--states", required=True, help="a folder of generated states")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--work", type=float, default=1.0, help="seconds of a writer's other work")
    parser.add_argument("--span", type=float, default=30.0, help="seconds for each number of writers")
    arguments = parser.parse_args()
    sgq = str(Path(arguments.sgq).resolve())
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        questions(server, sgq, str(Path(arguments.states).resolve()), arguments.runs)
        commits(server, sgq, folder, arguments.runs)
        writers(server, sgq, folder, arguments.work, arguments.span)


if __name__ == "__main__":
    main()
