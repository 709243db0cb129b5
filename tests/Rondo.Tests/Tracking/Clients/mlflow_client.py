"""Walks through the routes of tracking as MLflow's Python client does: its headers, its bodies, its way to read answers.

Usage: python3 mlflow_client.py http://127.0.0.1:5000
Prints one line for each step; the last one is "ok". Needs the standard library only.
"""

import json
import math
import sys
import urllib.error
import urllib.parse
import urllib.request

BASE = sys.argv[1].rstrip("/")
HEADERS = {"User-Agent": "mlflow-python-client/3.11.0", "Accept-Encoding": "identity", "Accept": "*/*"}


def call(method, path, fields=None, base="/api/2.0/mlflow/"):
    """Sends as the client does: GET by the query, everything else as a body of JSON."""
    url = BASE + (path if path.startswith("/") else base + path)
    data = None
    headers = dict(HEADERS)
    if method == "GET":
        if fields:
            url += "?" + urllib.parse.urlencode(fields, doseq=True)
    else:
        data = json.dumps(fields or {}).encode("utf-8")
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def ok(method, path, fields=None, **more):
    status, answer = call(method, path, fields, **more)
    assert status == 200, (method, path, status, answer)
    return answer


def refused(code, status, method, path, fields=None):
    got, answer = call(method, path, fields)
    assert (got, answer.get("error_code")) == (status, code), (method, path, got, answer)
    assert answer["message"], answer


def step(text):
    print(text, flush=True)


def number(value):
    return float(value) if not isinstance(value, str) else float(value.lower().replace("infinity", "inf"))


step("server-info")
assert ok("GET", "/api/3.0/mlflow/server-info")["workspaces_enabled"] is False

step("experiments")
experiment = ok("POST", "experiments/create", {"name": "walk", "tags": [{"key": "by", "value": "python"}]})["experiment_id"]
assert isinstance(experiment, str) and experiment.isdecimal()
refused("RESOURCE_ALREADY_EXISTS", 400, "POST", "experiments/create", {"name": "walk"})
found = ok("GET", "experiments/get-by-name", {"experiment_name": "walk"})["experiment"]
assert found["experiment_id"] == experiment and found["lifecycle_stage"] == "active"
assert isinstance(found["creation_time"], int)
ok("POST", "experiments/set-experiment-tag", {"experiment_id": experiment, "key": "note", "value": "x"})
ok("POST", "experiments/delete-experiment-tag", {"experiment_id": experiment, "key": "note"})
ok("POST", "experiments/update", {"experiment_id": experiment, "new_name": "walked"})
listed = ok("POST", "experiments/search", {"max_results": 1000, "view_type": "ACTIVE_ONLY", "filter": "tags.by = 'python'"})
assert [e["name"] for e in listed["experiments"]] == ["walked"], listed
assert "next_page_token" not in listed

step("runs")
made = ok("POST", "runs/create", {
    "experiment_id": experiment, "user_id": "ann", "start_time": 1700000000000, "run_name": "first",
    "tags": [{"key": "mlflow.source.type", "value": "LOCAL"}, {"key": "mlflow.runName", "value": "first"}],
})["run"]
run = made["info"]["run_id"]
assert "end_time" not in made["info"] and made["inputs"] == {} and made["outputs"] == {}

step("logging")
for i in range(5):
    ok("POST", "runs/log-metric", {
        "run_uuid": run, "run_id": run, "key": "loss", "value": 1.0 / (i + 1), "timestamp": 1700000000000 + i, "step": i,
    })
for value in ("NaN", "NaN", "Infinity"):
    ok("POST", "runs/log-metric", {"run_id": run, "key": "odd " + value, "value": value, "timestamp": "1700000000000"})
ok("POST", "runs/log-parameter", {"run_uuid": run, "run_id": run, "key": "depth", "value": "3"})
refused("INVALID_PARAMETER_VALUE", 400, "POST", "runs/log-parameter", {"run_id": run, "key": "depth", "value": "4"})
ok("POST", "runs/log-batch", {
    "run_id": run,
    "metrics": [{"key": "acc", "value": 0.5 + i / 10, "timestamp": 1700000000000, "step": i} for i in range(3)],
    "params": [{"key": "rate", "value": "0.1"}], "tags": [{"key": "phase", "value": "test"}],
})
ok("POST", "runs/set-tag", {"run_uuid": run, "run_id": run, "key": "extra", "value": "1"})
ok("POST", "runs/delete-tag", {"run_id": run, "key": "extra"})
refused("RESOURCE_DOES_NOT_EXIST", 404, "POST", "runs/delete-tag", {"run_id": run, "key": "extra"})
ok("POST", "runs/log-inputs", {
    "run_id": run,
    "datasets": [{
        "tags": [{"key": "mlflow.data.context", "value": "training"}],
        "dataset": {"name": "days", "digest": "1a2b", "source_type": "local", "source": "{\"uri\": \"days.csv\"}"},
    }],
    "models": [{"model_id": "m-" + "0" * 32}],
})
ok("POST", "runs/outputs", {"run_id": run, "models": [{"model_id": "m-" + "1" * 32, "step": 2}]})
ok("POST", "runs/log-model", {"run_id": run, "model_json": json.dumps(
    {"artifact_path": "model", "flavors": {}, "utc_time_created": "2024-01-01 00:00:00", "run_id": run})})

step("reading")
ok("POST", "runs/update", {"run_id": run, "status": "FINISHED", "end_time": 1700000009000})
read = ok("GET", "runs/get", {"run_uuid": run, "run_id": run})["run"]
metrics = {m["key"]: number(m["value"]) for m in read["data"]["metrics"]}
assert metrics["loss"] == 0.2 and metrics["acc"] == 0.7 and math.isnan(metrics["odd NaN"]), metrics
assert metrics["odd Infinity"] == 1.7976931348623157e308
assert {p["key"]: p["value"] for p in read["data"]["params"]} == {"depth": "3", "rate": "0.1"}
assert read["info"]["status"] == "FINISHED" and read["info"]["end_time"] == 1700000009000
assert read["inputs"]["dataset_inputs"][0]["dataset"]["name"] == "days"
assert read["outputs"]["model_outputs"] == [{"model_id": "m-" + "1" * 32, "step": 2}]

history, token = [], None
while True:
    fields = {"run_uuid": run, "run_id": run, "metric_key": "loss", "max_results": 2}
    if token:
        fields["page_token"] = token
    page = ok("GET", "metrics/get-history", fields)
    history += page.get("metrics", [])
    token = page.get("next_page_token")
    if not token:
        break
assert [m["step"] for m in history] == [0, 1, 2, 3, 4], history
assert len(ok("GET", "metrics/get-history", {"run_id": run, "metric_key": "loss"})["metrics"]) == 5

step("searching")
others = [ok("POST", "runs/create", {"experiment_id": experiment, "start_time": 1700000000001 + i})["run"]["info"]["run_id"]
          for i in range(3)]
for query, expected in (
    ("metrics.loss < 0.3 and params.depth = '3'", [run]),
    ("attributes.status = 'RUNNING'", others[::-1]),
    ("params.depth IS NULL OR run_id IN ('%s')" % run, others[::-1] + [run]),
    ("dataset.context = 'training'", [run]),
):
    answer = ok("POST", "runs/search", {
        "experiment_ids": [experiment], "filter": query, "run_view_type": "ACTIVE_ONLY", "max_results": 1000,
    })
    assert [r["info"]["run_id"] for r in answer["runs"]] == expected, (query, answer)
refused("INVALID_PARAMETER_VALUE", 400, "POST", "runs/search", {"experiment_ids": [experiment], "filter": "nothing ~ 1"})

step("logged models")
# The client sends status and tags by PATCH, and what it deletes without a body and so without a type of one.
def delete(path):
    request = urllib.request.Request(BASE + "/api/2.0/mlflow/" + path, headers=HEADERS, method="DELETE")
    with urllib.request.urlopen(request, timeout=60) as response:
        return response.status, json.loads(response.read())


logged = ok("POST", "logged-models", {
    "experiment_id": experiment, "name": "model", "source_run_id": run, "model_type": "sklearn",
    "params": [{"key": "depth", "value": "3"}], "tags": [{"key": "mlflow.user", "value": "ann"}],
})["model"]
logged_id, logged_uri = logged["info"]["model_id"], logged["info"]["artifact_uri"]
assert logged_id.startswith("m-") and len(logged_id) == 34, logged
assert logged["info"]["status"] == "LOGGED_MODEL_PENDING" and isinstance(logged["info"]["creation_timestamp_ms"], int)
assert logged_uri.endswith("/models/%s/artifacts" % logged_id), logged
ok("POST", "logged-models/%s/params" % logged_id, {"params": [{"key": "rate", "value": "0.1"}]})
place = "/api/2.0/mlflow-artifacts/artifacts" + logged_uri[len("mlflow-artifacts:"):]
with urllib.request.urlopen(urllib.request.Request(
        BASE + place + "/MLmodel", data=b"flavors: {}\n", headers=HEADERS, method="PUT"), timeout=60) as response:
    assert response.status == 200
ready = ok("PATCH", "logged-models/" + logged_id, {"model_id": logged_id, "status": "LOGGED_MODEL_READY"})["model"]
assert ready["info"]["status"] == "LOGGED_MODEL_READY", ready
ok("POST", "runs/outputs", {"run_id": run, "models": [{"model_id": logged_id, "step": 0}]})
ok("PATCH", "logged-models/%s/tags" % logged_id, {"tags": [{"key": "checked", "value": "yes"}]})
ok("POST", "runs/log-batch", {"run_id": run, "metrics": [
    {"key": "acc", "value": 0.9, "timestamp": 1700000000000, "step": 0, "model_id": logged_id},
    {"key": "acc", "value": 0.8, "timestamp": 1700000000000, "step": 0, "model_id": logged_id,
     "dataset_name": "days", "dataset_digest": "1a2b"},
]})
whole = ok("GET", "logged-models/" + logged_id)["model"]
assert {p["key"]: p["value"] for p in whole["data"]["params"]} == {"depth": "3", "rate": "0.1"}, whole
assert [(m["value"], m.get("dataset_name"), m["run_id"], m["model_id"]) for m in whole["data"]["metrics"]] == [
    (0.9, None, run, logged_id), (0.8, "days", run, logged_id)], whole
assert whole["info"]["source_run_id"] == run and whole["info"]["model_type"] == "sklearn", whole
found = ok("POST", "logged-models/search", {
    "experiment_ids": [experiment], "filter": "source_run_id = '%s' AND name = 'model'" % run, "max_results": 100,
    "order_by": [{"field_name": "metrics.acc", "ascending": False, "dataset_name": "days"}],
    "datasets": [{"dataset_name": "days", "dataset_digest": "1a2b"}]})
assert [m["info"]["model_id"] for m in found["models"]] == [logged_id] and "next_page_token" not in found, found
files = ok("GET", "logged-models/%s/artifacts/directories" % logged_id, {"artifact_directory_path": ""})
assert files["root_uri"] == logged_uri and files["files"] == [{"path": "MLmodel", "is_dir": False, "file_size": 12}], files
assert delete("logged-models/%s/tags/checked" % logged_id) == (200, {})

step("logged model deleted")
other = ok("POST", "logged-models", {"experiment_id": experiment})["model"]["info"]
assert other["name"], other
assert delete("logged-models/" + other["model_id"]) == (200, {})
refused("RESOURCE_DOES_NOT_EXIST", 404, "GET", "logged-models/" + other["model_id"])

step("many runs at once")
points = ok("GET", "metrics/get-history-bulk-interval", {
    "run_ids": [run] + others, "metric_key": "loss", "max_results": 2})["metrics"]
assert points[0]["step"] == 0 and points[-1]["step"] == 4 and {p["run_id"] for p in points} == {run}, points
files = ok("GET", "artifacts/list", {"run_id": run, "path": "nothing"})
assert files == {"root_uri": read["info"]["artifact_uri"]}, files

step("deleting")
ok("POST", "runs/delete", {"run_id": run})
refused("INVALID_PARAMETER_VALUE", 400, "POST", "runs/set-tag", {"run_id": run, "key": "a", "value": "b"})
ok("POST", "runs/restore", {"run_id": run})
ok("POST", "experiments/delete", {"experiment_id": experiment})
assert ok("GET", "runs/get", {"run_id": run})["run"]["info"]["lifecycle_stage"] == "deleted"
ok("POST", "experiments/restore", {"experiment_id": experiment})
assert ok("GET", "runs/get", {"run_id": run}, base="/ajax-api/2.0/mlflow/")["run"]["info"]["lifecycle_stage"] == "active"
refused("RESOURCE_DOES_NOT_EXIST", 404, "GET", "runs/get", {"run_id": "0" * 32})

step("registry")
model = "demand of python"
ok("POST", "registered-models/create", {"name": model, "tags": [{"key": "by", "value": "python"}]})
refused("RESOURCE_ALREADY_EXISTS", 400, "POST", "registered-models/create", {"name": model})
ok("GET", "registered-models/get", {"name": model})
source = read["info"]["artifact_uri"] + "/model"
version = ok("POST", "model-versions/create", {"name": model, "source": source, "run_id": run, "tags": []})["model_version"]
assert version["version"] == "1" and version["current_stage"] == "None" and version["status"] == "READY", version
assert version["run_id"] == run and ok("GET", "model-versions/get-download-uri", {"name": model, "version": "1"})["artifact_uri"] == source
moved = ok("POST", "model-versions/transition-stage",
           {"name": model, "version": "1", "stage": "Production", "archive_existing_versions": True})["model_version"]
assert moved["current_stage"] == "Production", moved
ok("POST", "registered-models/alias", {"name": model, "alias": "champion", "version": "1"})
by_alias = ok("GET", "registered-models/alias", {"name": model, "alias": "champion"})["model_version"]
assert by_alias["version"] == "1" and by_alias["aliases"] == ["champion"], by_alias
refused("INVALID_PARAMETER_VALUE", 400, "GET", "registered-models/alias", {"name": model, "alias": "nobody"})
ok("POST", "model-versions/set-tag", {"name": model, "version": "1", "key": "checked", "value": "yes"})
ok("DELETE", "model-versions/delete-tag", {"name": model, "version": "1", "key": "checked"})
found = ok("GET", "model-versions/search", {
    "filter": "name='%s' AND run_id IN ('%s')" % (model, run), "max_results": 200000, "order_by": ["version_number DESC"]})
assert [v["version"] for v in found["model_versions"]] == ["1"], found
found = ok("GET", "registered-models/search", {
    "filter": "tags.by = 'python' AND tags.`mlflow.prompt.is_prompt` != 'true'", "max_results": 100})
assert [m["name"] for m in found["registered_models"]] == [model], found
latest = ok("POST", "registered-models/get-latest-versions", {"name": model, "stages": ["Production"]})
assert latest["model_versions"][0]["version"] == "1", latest
ok("POST", "registered-models/rename", {"name": model, "new_name": "rides"})
ok("DELETE", "registered-models/alias", {"name": "rides", "alias": "champion"})
ok("DELETE", "model-versions/delete", {"name": "rides", "version": "1"})
refused("RESOURCE_DOES_NOT_EXIST", 404, "GET", "model-versions/get", {"name": "rides", "version": "1"})
ok("DELETE", "registered-models/delete", {"name": "rides"})

step("ok")
