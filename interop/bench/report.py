"""Medians, ratios and verdicts, as Markdown for people and JSON for programs."""

import platform
import statistics
from datetime import datetime, timezone


def cpu_model():
    try:
        with open("/proc/cpuinfo") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.machine()


def summarise(cases, samples, floors):
    """One row for each metric: medians by peer, ratio to sshd, bar and verdict."""
    rows = []
    for case in cases:
        for index, metric in enumerate(case.metrics):
            values = {
                peer: [run[index] for run in runs]
                for peer, runs in samples.get(case.name, {}).items()
                if runs
            }
            medians = {peer: statistics.median(runs) for peer, runs in values.items()}
            row = {
                "case": case.name,
                "metric": metric.name,
                "unit": metric.unit,
                "medians": medians,
                "samples": values,
                "bar": metric.bar,
                "limit": metric.limit,
            }
            if "sshd" in medians and "sftpd-lite" in medians and medians["sshd"]:
                row["ratio"] = medians["sftpd-lite"] / medians["sshd"]
            floor = floors.get(case.name)
            if floor and metric.unit == "s/GiB":
                row["floor"] = floor
            row["verdict"] = verdict(row)
            rows.append(row)
    return rows


def verdict(row):
    """pass, miss, or None when there is nothing to pass or the values are missing."""
    if row["bar"] is not None and "ratio" in row:
        return "pass" if row["ratio"] <= row["bar"] else "miss"
    if row["limit"] is not None and "sftpd-lite" in row["medians"]:
        return "pass" if row["medians"]["sftpd-lite"] <= row["limit"] else "miss"
    return None


def _number(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def markdown(document):
    """The table of docs/performance.md."""
    peers = document["peers"]
    machine = document["machine"]
    lines = [
        f"Measured {document['started'][:10]} on {machine['cpu']}, {machine['cores']} cores, "
        f"Linux {machine['kernel']}; median of {document['runs']} interleaved runs; "
        f"{document['transfer_bytes'] >> 20} MiB in memory; server CPU by {document['meter']}.",
        "",
    ]
    lines += [f"- {name}: {version}" for name, version in document["versions"].items()]
    lines += [
        "",
        "| case | metric | " + " | ".join(peers) + " | floor | ratio to sshd | bar | verdict |",
        "| --- | --- | " + "--- | " * len(peers) + "--- | --- | --- | --- |",
    ]
    for row in document["results"]:
        cells = [_number(row["medians"].get(peer)) for peer in peers]
        bar = "-"
        if row["bar"] is not None:
            bar = f"{row['bar']:.2f}"
        elif row["limit"] is not None:
            bar = f"at most {row['limit']:.4g}"
        ratio = f"{row['ratio']:.2f}" if "ratio" in row else "-"
        what = f"{row['metric']}, {row['unit']}"
        floor = _number(row.get("floor"))
        cells = [row["case"], what, *cells, floor, ratio, bar, row["verdict"] or "-"]
        lines.append("| " + " | ".join(cells) + " |")
    parts = document["floor"].get("parts", {})
    if parts:
        told = ", ".join(f"{name} {value:.2f}" for name, value in parts.items())
        lines += ["", f"Parts of the floor, CPU seconds per GiB: {told}."]
    return "\n".join(lines) + "\n"


def now():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
