"""Runs duckdb.sql once: duck.py FILES MONEY THREADS. Prints month, unblended and amortised cost."""

import pathlib
import sys

import duckdb

files, money, threads = sys.argv[1:]
text = pathlib.Path(__file__).with_name("duckdb.sql").read_text()
connection = duckdb.connect()
connection.execute(f"set threads = {int(threads)}")
connection.execute(text.replace("{files}", files).replace("{money}", money))
totals = "select month, sum(unblended_cost), sum(amortized_cost) from usage_by_month group by month order by month"
for row in connection.execute(totals).fetchall():
    print(*row, sep=",")
