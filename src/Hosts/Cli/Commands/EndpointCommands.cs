using System.CommandLine;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>endpoints</c>, <c>predict</c>, <c>alerts</c>.</summary>
internal static class EndpointCommands
{
    private static readonly Argument<string> s_endpoint = new("endpoint");
    private static readonly Option<string> s_model = new("--model")
    {
        Description = "The model to serve.",
        Required = true,
    };

    private static readonly Option<long> s_pinned = new("--pin")
    {
        Description = "The version to serve.",
        Required = true,
    };

    private static readonly Option<string?> s_input = new("--input", "-i")
    {
        Description = "A JSON file with one object of inputs by name, or - for standard input.",
    };

    private static readonly Option<string[]> s_set = new("--set")
    {
        Description = "An input as name=value; may be given several times.",
    };

    private static readonly Option<string?> s_id = new("--id")
    {
        Description = "The inference id under which the true value will come (else a new one).",
    };

    private static readonly Option<string?> s_eventTime = new("--event-time")
    {
        Description = "The day or time in the data that is asked about (else now).",
    };

    private static readonly Option<string?> s_only = new("--endpoint") { Description = "Only those of one endpoint." };

    private static readonly Option<int> s_limit = GlobalOptions.Limit(50);

    public static IEnumerable<Command> Create() =>
        [
            CommandBuilding.Make(
                "endpoints",
                "Where models are served.",
                ListAsync,
                [
                    CommandBuilding.Make(
                        "show",
                        "One endpoint: versions, traffic, rollout, monitors.",
                        ShowAsync,
                        s_endpoint
                    ),
                    CommandBuilding.Make(
                        "rollouts",
                        "The versions that were to be served there, newest first, and how that ended.",
                        RolloutsAsync,
                        s_endpoint
                    ),
                    CommandBuilding.Make(
                        "create",
                        "Serve one version of a model, by hand.",
                        CreateEndpointAsync,
                        s_endpoint,
                        s_model,
                        s_pinned,
                        GlobalOptions.Environment
                    ),
                    CommandBuilding.Make(
                        "move",
                        "Move an endpoint to another version of its model, by hand.",
                        MoveAsync,
                        s_endpoint,
                        s_pinned
                    ),
                    .. EndpointChangeCommands.Create(),
                ]
            ),
            CommandBuilding.Make(
                "predict",
                "Ask an endpoint.",
                PredictAsync,
                s_endpoint,
                s_input,
                s_set,
                s_id,
                s_eventTime
            ),
            CommandBuilding.Make("alerts", "What the monitors said, newest first.", AlertsAsync, s_only, s_limit),
        ];

    private static async Task ListAsync(Invocation call)
    {
        var filter = (await call.ProjectFilterAsync()).TrimStart('&');
        call.Screen.List(
            await call.Api.GetAsync("/api/v1/endpoints" + Words.After("?", filter), call.Cancellation),
            "Nothing is served yet. A released project declares its endpoints, or: rondo endpoints create NAME.",
            Column.Of("endpoint", "name"),
            Column.Of("model", "model"),
            new Column("versions", row => Traffic(row.At("deployments"))),
            Column.Of("ready", "ready"),
            Column.Number("requests", "requests"),
            Column.Number("errors", "errors"),
            Column.Number("log dropped", "dropped")
        );
    }

    private static async Task ShowAsync(Invocation call)
    {
        var name = Segment.Of(call.Get(s_endpoint));
        var endpoint = await call.Api.GetAsync($"/api/v1/endpoints/{name}", call.Cancellation);
        call.Screen.Details(
            endpoint,
            Column.Of("endpoint", "name"),
            new Column("model", row => $"{row.Text("project")}/{row.Text("environment")}/{row.Text("model")}"),
            Column.Of("ready", "ready"),
            new Column(
                "versions come",
                row => row.Text("pinned") == "yes" ? "by hand: this one is pinned" : "by rollouts of new versions"
            ),
            new Column("last rollout", row => Rollout(row.At("rollout"))),
            new Column("ask it", row => $"{call.Api.Address}v2/models/{row.Text("name")}/infer")
        );
        call.Screen.Table(
            "Versions",
            endpoint.At("deployments") is { } list ? [.. list.EnumerateArray()] : [],
            Column.Number("version", "version"),
            Column.Number("traffic %", "percent"),
            new Column("state", row => row.Text("state") + Words.After(": ", row.Text("failure"))),
            Column.Number("requests", "requests"),
            Column.Number("errors", "errors"),
            Column.Number("refused", "refused"),
            Column.Number("unexpected values", "unexpected"),
            Column.Number("p50 ms", "p50Ms"),
            Column.Number("p99 ms", "p99Ms")
        );
        call.Screen.Table(
            "Settings that a change has put over the declaration",
            endpoint.At("changed")?.Items() ?? [],
            Column.Of("setting", "setting"),
            Column.Of("is", "value"),
            Column.Of("declared", "declared"),
            Column.Id("by change", "change"),
            Column.Of("of", "by"),
            Column.Time("when", "at"),
            Column.Of("why", "reason")
        );
        if (!call.Screen.Json)
        {
            var monitors = await call.Api.GetAsync($"/api/v1/endpoints/{name}/monitors", call.Cancellation);
            call.Screen.Table("Monitors", monitors.Items(), MonitorColumns());
        }
    }

    private static async Task RolloutsAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync(
                $"/api/v1/endpoints/{Segment.Of(call.Get(s_endpoint))}/rollouts",
                call.Cancellation
            ),
            "No version was rolled out there yet.",
            Column.Time("asked", "createdAt"),
            Column.Number("version", "version"),
            Column.Number("instead of", "previous"),
            Column.Of("state", "state"),
            Column.Time("ended", "finishedAt"),
            Column.Of("by", "actor"),
            Column.Of("why", "reason")
        );

    private static Column[] MonitorColumns() =>
        [
            Column.Of("monitor", "name"),
            Column.Of("kind", "kind"),
            Column.Of("metric", "metric"),
            Column.Number("limit", "limit"),
            new Column("last value", row => Words.Figure(Last(row), "value"), RightAligned: true),
            new Column("last window", row => Words.Span(Last(row), "from", "to")),
            Column.Number("days", "windowDays"),
            new Column("found", row => Last(row).Text("state") ?? "nothing yet"),
        ];

    private static JsonElement Last(JsonElement monitor) =>
        monitor.At("windows") is { ValueKind: JsonValueKind.Array } windows && windows.GetArrayLength() > 0
            ? windows.EnumerateArray().MaxBy(window => window.Text("to"), StringComparer.Ordinal)
            : default;

    private static async Task CreateEndpointAsync(Invocation call)
    {
        var made = await call.Api.PostAsync(
            "/api/v1/endpoints",
            new
            {
                name = call.Get(s_endpoint),
                project = await call.ProjectAsync(),
                model = call.Get(s_model),
                version = call.Get(s_pinned),
                environment = call.Get(GlobalOptions.Environment),
            },
            call.Cancellation
        );
        call.Screen.Done(
            made,
            $"Endpoint [bold]{call.Get(s_endpoint)}[/] serves version {call.Get(s_pinned)} of {call.Get(s_model)}."
        );
    }

    private static async Task MoveAsync(Invocation call)
    {
        var path = $"/api/v1/endpoints/{Segment.Of(call.Get(s_endpoint))}";
        await call.Api.PostAsync(path + "/deployments", new { version = call.Get(s_pinned) }, call.Cancellation);
        call.Screen.Done(
            await call.Api.GetAsync(path, call.Cancellation),
            $"Endpoint [bold]{call.Get(s_endpoint)}[/] moves to version {call.Get(s_pinned)}. See: rondo endpoints show {call.Get(s_endpoint)}"
        );
    }

    private static async Task PredictAsync(Invocation call)
    {
        var name = Segment.Of(call.Get(s_endpoint));
        var inputs = Inputs.Read(call.Get(s_input), call.Get(s_set) ?? []);
        var signature = await call.Api.GetAsync($"/v2/models/{name}", call.Cancellation);
        var request = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["inputs"] = Inputs.ToTensors(inputs, signature),
        };
        if (call.Get(s_id) is { } id)
        {
            request["id"] = id;
        }

        if (call.Get(s_eventTime) is { } time)
        {
            request["parameters"] = new Dictionary<string, object>(StringComparer.Ordinal) { ["event_time"] = time };
        }

        var answer = await call.Api.PostAsync($"/v2/models/{name}/infer", request, call.Cancellation);
        call.Screen.Details(
            answer,
            [
                .. (answer.At("outputs")?.EnumerateArray() ?? default).Select(output => new Column(
                    output.Text("name")!,
                    _ => Words.Names(output.At("data"))
                )),
                Column.Of("version", "model_version"),
                Column.Of("inference id", "id"),
            ]
        );
    }

    private static async Task AlertsAsync(Invocation call)
    {
        var endpoint = "";
        if (call.Get(s_only) is { } only)
        {
            await call.Api.GetAsync($"/api/v1/endpoints/{Segment.Of(only)}", call.Cancellation);
            endpoint = "&endpoint=" + Uri.EscapeDataString(only);
        }

        call.Screen.List(
            await call.Api.GetAsync(
                $"/api/v1/alerts?limit={call.Get(s_limit)}{endpoint}{await call.ProjectFilterAsync()}",
                call.Cancellation
            ),
            "No monitor has raised an alert.",
            Column.Of("endpoint", "endpoint"),
            Column.Of("monitor", "monitor"),
            Column.Of("metric", "metric"),
            new Column("value", row => Words.Figure(row, "value"), RightAligned: true),
            Column.Number("limit", "limit"),
            new Column("window", row => Words.Span(row, "windowFrom", "windowTo")),
            Column.Number("n", "n"),
            Column.Number("version", "modelVersion"),
            Column.Time("raised", "raisedAt")
        );
    }

    private static string Rollout(JsonElement? rollout) =>
        rollout is { } found
            ? $"version {found.Text("version")} {found.Text("state")} at {found.Text("percent")} %{Words.After(": ", found.Text("reason"))}"
            : "none";

    // Retired versions take no traffic: their number is enough.
    private static string Traffic(JsonElement? deployments)
    {
        var all = (deployments?.EnumerateArray() ?? default).ToList();
        var retired = all.Count(item => item.Text("state") == "retired");
        var active = all.Where(item => item.Text("state") != "retired")
            .Select(item => $"{item.Text("version")} ({item.Text("percent")} %)");
        return string.Join(", ", active) + (retired > 0 ? $", {retired} retired" : "");
    }
}
