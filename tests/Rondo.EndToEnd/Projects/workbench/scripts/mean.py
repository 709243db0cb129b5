import csv
import json

with open("rondo.json") as f:
    manifest = json.load(f)
with open(manifest["inputs"]["readings.csv"], newline="") as f:
    values = [float(row["Value"]) for row in csv.DictReader(f)]
print(f"{len(values)} values")
with open(manifest["outputs"]["mean.json"], "w") as f:
    json.dump({"mean": sum(values) / len(values)}, f)
with open(manifest["metrics"], "w") as f:
    json.dump({"mean": sum(values) / len(values)}, f)
