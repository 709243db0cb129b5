using System.Text.Json;
using Rondo.Cli.Api;

namespace Rondo.Cli.Output;

/// <summary>Says every event of the log in a line for a person; one of a kind that is not known here is told by its subject.</summary>
internal static class EventStory
{
    public static string Tell(JsonElement e)
    {
        var data = e.At("data") ?? default;
        var type = e.Text("type") ?? "";
        var told = type.Split('.')[0] switch
        {
            "build" or "repository" or "release" => OfDelivery(type, data),
            "run" or "step" => OfRun(type, data),
            "trigger" => OfTrigger(type, data),
            "backfill" => OfBackfill(type, data),
            "model" => OfModel(type, data),
            "experiment" or "tracking" => OfTracking(type, data),
            "approval" => OfApproval(type, data),
            "group" => $"{Step(data)} begins{(data.Text("items") is { } items ? $" with {items} items" : "")}",
            "webhook" =>
                $"webhook {data.Text("name")} gave up after {data.Text("failures")} attempts{After(": ", data, "error")}",
            "endpoint" or "rollout" => OfServing(type, data),
            "change" => OfChange(type, data),
            "monitor" or "alert" => OfMonitoring(type, data),
            "dataset" when type == "dataset.version.deleted" =>
                $"{data.Text("dataset")} version {data.Text("version")} in {data.Text("environment")} was deleted",
            "dataset" when type == "dataset.subject.forgotten" =>
                $"a subject's rows ({data.Text("rows")}) were removed from {data.Text("dataset")} in {data.Text("environment")}{After(": ", data, "reason")}",
            "dataset" when type is "dataset.rows.arrived" or "dataset.rows.refused" =>
                $"rows of {data.Text("runId")} for {data.Text("dataset")} in {data.Text("environment")} {(type.EndsWith("arrived", StringComparison.Ordinal) ? "arrived" : "were refused")}: {data.Text("file")}{After(", ", data, "reason")}",
            "garbage" => $"removed what nothing needs: {Words.After("", Removed(data))}",
            "dataset" =>
                $"{data.Text("dataset")} version {data.Text("version")} in {data.Text("environment")}: {data.Text("newRows")} new rows of {data.Text("rows")}, from {data.Text("file")}",
            "secret" =>
                $"secret {data.Text("name")}{After(" of ", data, "environment")} was {type["secret.".Length..]}{After(", version ", data, "version")}",
            "project" => $"project {data.Text("name")} was created",
            "access" =>
                $"{data.Text("user")} was {type["access.".Length..]} {data.Text("role")} on {(data.Text("kind") == "everything" ? "everything" : $"{data.Text("kind")} {data.Text("place")}")}",
            "credential" => $"credential {data.Text("name")} was {type["credential.".Length..]}",
            "subscriber" => $"{e.Text("subject")} gave up on event {data.Text("position")}{After(": ", data, "error")}",
            _ => null,
        };
        return told ?? e.Text("subject") ?? type;
    }

    private static string? OfDelivery(string type, JsonElement data) =>
        type switch
        {
            "build.queued" => $"build of {Commit(data)} ({data.Text("branch")}) waits for its turn",
            "build.started" => $"build of {Commit(data)} started",
            "build.succeeded" => $"build of {Commit(data)} succeeded, {data.Text("testsPassed")} tests passed",
            "build.failed" => $"build of {Commit(data)} failed: {data.Text("reason")}",
            "repository.pushed" => $"{data.Text("branch")} is at {Commit(data)}",
            "repository.push.refused" => $"push of {Commit(data)} refused{After(": ", data, "reason")}",
            "release.deployed" => $"released {Commit(data)} to {data.Text("environment")}",
            "release.promoted" =>
                $"{Commit(data)} goes from {data.Text("from")} to {data.Text("to")} ({data.Text("policy")})",
            "release.rehearsed" => $"the pipelines of {Commit(data)} ran on the sample in {data.Text("environment")}",
            "release.failed" =>
                $"release of {Commit(data)} to {data.Text("environment")} failed: {data.Text("reason")}",
            _ => null,
        };

    private static string? OfRun(string type, JsonElement data) =>
        type switch
        {
            "run.created" =>
                $"run of {data.Text("pipeline")} in {data.Text("environment")}, caused by {data.Text("trigger")}{Words.After(": ", Words.Evidence(data.At("evidence")))}",
            "run.finished" =>
                $"run of {data.Text("pipeline")} in {data.Text("environment")} {data.Text("state")}{After(": ", data, "reason")}",
            "step.passed-over" => $"{Step(data)} was passed over{After(": ", data, "why")}",
            "run.rows.lost" =>
                $"{Step(data)} took {data.Text("rowsIn")} rows and accounts for {data.Text("rowsOut")} and {data.Text("dropped")} dropped",
            "step.started" => $"{Step(data)} started{Attempt(data)}",
            "step.published" => $"{Step(data)} published {Ports(data)} in {Seconds(data)}",
            "step.reused" => $"{Step(data)} reused what an identical step had made",
            "step.stopped" => $"{Step(data)} stopped the run: {data.Text("message")}",
            "step.failed" =>
                $"{Step(data)} failed{(data.Text("retry") == "yes" ? ", to be tried again" : "")}{After(": ", data, "message")}",
            _ => null,
        };

    private static string? OfTrigger(string type, JsonElement data) =>
        type switch
        {
            "trigger.fired" =>
                $"{data.Text("pipeline")} starts because of {data.Text("trigger")}: {data.Text("reason")}",
            "trigger.skipped" =>
                $"{data.Text("pipeline")} does not start in spite of {data.Text("trigger")}: {data.Text("reason")}",
            "trigger.paused" => $"{Triggers(data)} paused{After(": ", data, "reason")}",
            "trigger.resumed" => $"{Triggers(data)} resumed",
            _ => null,
        };

    private static string Triggers(JsonElement data) =>
        data.Text("number") is { } number
            ? $"trigger {number} ({data.Text("trigger")}) of {data.Text("pipeline")} was"
            : $"all triggers of {data.Text("pipeline")} were";

    private static string? OfBackfill(string type, JsonElement data) =>
        type switch
        {
            "backfill.created" =>
                $"backfill of {data.Text("pipeline")} in {data.Text("environment")} for {data.Text("partitions")} partitions from {data.Text("from")} to {data.Text("to")}{After(": ", data, "reason")}",
            "backfill.finished" =>
                $"backfill of {data.Text("pipeline")} {data.Text("state")}{Words.After(": ", Words.Pairs(data.At("partitions")))}",
            "backfill.cancelled" => $"backfill of {data.Text("pipeline")} was called off",
            _ => null,
        };

    private static string? OfModel(string type, JsonElement data) =>
        type switch
        {
            "model.registered" =>
                $"{data.Text("model")} version {data.Text("version")} passed its gate and is registered in {data.Text("environment")}",
            "model.rejected" =>
                $"the candidate for {data.Text("model")} did not pass its gate{Words.After(": ", Words.FailedChecks(data))}",
            "model.alias.moved" =>
                $"{data.Text("alias")} of {data.Text("model")} moves{After(" from ", data, "from")} to version {data.Text("to")}",
            "model.alias.removed" =>
                $"{data.Text("alias")} of {data.Text("model")} was taken from version {data.Text("from")}",
            "model.version.moved" =>
                $"{data.Text("model")} version {data.Text("version")} in {data.Text("environment")}{(data.Text("from") is { Length: > 0 } from ? $" was {from} and" : "")} is {data.Text("to")}{After(": ", data, "reason")}",
            "model.version.created" =>
                $"{data.Text("model")} version {data.Text("version")} in {data.Text("environment")} was registered from {data.Text("source")}",
            "model.version.tagged" =>
                $"{data.Text("model")} version {data.Text("version")}: {data.Text("key")}{After(" = ", data, "value")}",
            "model.card.edited" =>
                $"the card of {data.Text("model")} in {data.Text("environment")} has revision {data.Text("revision")}",
            "model.changed" => $"model {data.Text("model")} in {data.Text("environment")} was {data.Text("change")}",
            "model.name.taken" =>
                $"{data.Text("name")} is {data.Text("model")} of this project for MLflow's clients now; theirs that was called so is {data.Text("movedTo")}",
            "model.deleted" =>
                $"{data.Text("model")} version {data.Text("version")} in {data.Text("environment")} was deleted",
            _ => null,
        };

    private static string? OfTracking(string type, JsonElement data) =>
        type switch
        {
            "experiment.changed" => $"experiment {data.Text("name")} was {data.Text("change")}",
            "tracking.run.changed" =>
                $"tracked run {data.Text("runId")} was {data.Text("change")}{After(", ", data, "status")}",
            "tracking.model.changed" =>
                $"logged model {data.Text("modelId")} was {data.Text("change")}{After(", ", data, "status")}",
            "tracking.removed" =>
                $"removed for good: {data.Text("runs")} runs, {data.Text("models")} logged models, {data.Text("experiments")} experiments",
            _ => null,
        };

    private static string? OfApproval(string type, JsonElement data) =>
        type switch
        {
            "approval.requested" => $"{Step(data)} asks: {data.Text("question")}",
            "approval.answered" when data.Text("expired") == "yes" => $"nobody has answered {Step(data)} in time",
            "approval.answered" => $"{Step(data)} was answered{After(": ", data, "comment")}",
            _ => null,
        };

    private static string? OfServing(string type, JsonElement data) =>
        type switch
        {
            "endpoint.created" =>
                $"{data.Text("endpoint")} serves {data.Text("model")}{After(" version ", data, "version")}",
            "endpoint.updated" => $"{data.Text("endpoint")} has a new declaration{After(": ", data, "reason")}",
            "endpoint.fallback.missing" => data.Text("reason"),
            "endpoint.refused" => $"{data.Text("endpoint")} was not taken: {data.Text("reason")}",
            "rollout.requested" => $"version {data.Text("version")} is asked for at {data.Text("endpoint")}",
            "rollout.started" or "rollout.advanced" =>
                $"{data.Text("percent")} % of the traffic of {data.Text("endpoint")} on version {data.Text("version")}",
            "rollout.completed" => $"{data.Text("endpoint")} is served by version {data.Text("version")}",
            "rollout.rolledback" =>
                $"version {data.Text("version")} of {data.Text("endpoint")} rolled back: {data.Text("reason")}",
            _ => null,
        };

    private static string? OfChange(string type, JsonElement data) =>
        type switch
        {
            "change.started" =>
                $"{Words.Pairs(data.At("settings"))} for {Endpoints(data)} ({data.Text("where")}), waves: {data.Text("waves")}{After(": ", data, "reason")}",
            "change.advanced" =>
                $"changed at {Endpoints(data)}; wave {data.Text("wave")} of {data.Text("waves")} begins",
            "change.completed" => $"{Words.Pairs(data.At("settings"))} at {Endpoints(data)}",
            "change.stopped" => $"{Endpoints(data)} to be put back{After(": ", data, "evidence.text")}",
            "change.rolledback" => $"everything is back{After(": ", data, "evidence.text")}",
            "change.skipped" => $"{data.Text("endpoint")} was left as it was: {data.Text("reason")}",
            _ => null,
        };

    private static string Endpoints(JsonElement data) =>
        data.Text("endpoints") is "1" ? "1 endpoint" : $"{data.Text("endpoints")} endpoints";

    private static string? OfMonitoring(string type, JsonElement data) =>
        type switch
        {
            "alert.raised" =>
                $"alert at {data.Text("endpoint")}: {data.Text("metric")} {Words.Figure(data, "value")} is over {Words.Figure(data, "limit")}, {Window(data)}",
            "monitor.evaluated" when data.Number("value") is null =>
                $"{data.Text("monitor")} cannot say anything yet, {Window(data)}",
            "monitor.evaluated" =>
                $"{data.Text("monitor")} {Words.Figure(data, "value")} (limit {Words.Figure(data, "limit")}): {data.Text("state")}, {Window(data)}",
            _ => null,
        };

    private static string Removed(JsonElement data) =>
        string.Join(
            ", ",
            (data.At("kinds")?.EnumerateArray() ?? default).Select(kind => $"{kind.Text("items")} {kind.Text("kind")}")
        );

    private static string Ports(JsonElement data) =>
        data.At("outputs") is { ValueKind: JsonValueKind.Object } outputs
            ? string.Join(
                ", ",
                outputs.EnumerateObject().Select(port => Words.ArtifactType(port.Value, "type") ?? port.Name)
            )
            : "nothing";

    private static string Step(JsonElement data) => $"{data.Text("pipeline")}/{data.Text("nodeId")}";

    private static string Attempt(JsonElement data) =>
        data.Number("attempt") is > 1 ? $", attempt {data.Text("attempt")}" : "";

    private static string Seconds(JsonElement data) =>
        Times.Seconds(TimeSpan.FromMilliseconds(data.Number("durationMs") ?? 0));

    private static string Window(JsonElement data) => Words.Span(data, "windowFrom", "windowTo") ?? "";

    private static string Commit(JsonElement data) => Words.Digest(data.Text("commit")) ?? "?";

    private static string After(string lead, JsonElement data, string path) => Words.After(lead, data.Text(path));
}
